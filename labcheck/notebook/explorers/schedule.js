// A line to type in and a year, of the browser's own; the field in which the cursor stands is marked.
let explorers = 0;

function labelled(text, input) {
  const row = document.createElement("span");
  const label = document.createElement("label");
  input.id = `labcheck-schedule-${explorers}-${text.toLowerCase()}`;
  label.htmlFor = input.id;
  label.textContent = text;
  row.append(label, input);
  return row;
}

function fieldAt(text, cursor) {
  const words = [...text.matchAll(/[^ \t]+/g)];
  return words.filter((word) => word.index + word[0].length < cursor).length;
}

export default {
  render({ model, el }) {
    explorers += 1;
    el.classList.add("labcheck-schedule");
    const form = document.createElement("form");
    form.addEventListener("submit", (event) => event.preventDefault());
    const line = document.createElement("input");
    Object.assign(line, { type: "text", value: model.get("line"), spellcheck: false, autocomplete: "off", className: "line" });
    const year = document.createElement("input");
    Object.assign(year, { type: "number", min: 1970, max: 2999, value: model.get("year") });
    form.append(labelled("Schedule", line), labelled("Year", year));
    const told = document.createElement("p");
    told.setAttribute("role", "status");
    const page = document.createElement("div");

    const mark = () => {
      const field = document.activeElement === line ? fieldAt(line.value, line.selectionStart) : -1;
      for (const one of page.querySelectorAll("[data-field]")) {
        const here = Number(one.dataset.field) === field;
        one.classList.toggle("here", here);
        if (here) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
      }
    };
    const show = () => {
      told.innerHTML = model.get("told");
      page.innerHTML = model.get("page");
      mark();
    };
    line.addEventListener("input", () => { model.set("line", line.value); model.save_changes(); });
    for (const event of ["keyup", "click", "focus", "blur", "select"]) line.addEventListener(event, mark);
    year.addEventListener("input", () => {
      if (year.value) { model.set("year", Math.trunc(Number(year.value))); model.save_changes(); }
    });
    model.on("change:page", show);
    model.on("change:told", show);
    show();
    el.append(form, told, page);
  },
};
