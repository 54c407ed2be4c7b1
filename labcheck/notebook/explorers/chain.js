// A chain is a row of sets, a set a column of its files; each file is a toggle button of the browser's own, and while
// one is pointed at or has the focus, the sets whose states need it are marked.
function button(text, pressed) {
  const one = document.createElement("button");
  one.type = "button";
  one.textContent = text;
  one.addEventListener("click", pressed);
  return one;
}

function piece(kind, text, className = "") {
  const one = document.createElement(kind);
  one.textContent = text;
  one.className = className;
  return one;
}

function markStates(el, states, on) {
  el.querySelectorAll("li").forEach((column, number) => {
    column.classList.toggle("carried", on && states.includes(number));
  });
}

function fileButton(model, { name, label, carries, states, bad }, of, el) {
  const one = button("", () => {
    const lost = new Set(model.get("lost"));
    if (!lost.delete(name)) lost.add(name);
    model.set("lost", [...lost]);
    model.save_changes();
  });
  one.dataset.name = name;
  one.title = name;
  one.append(piece("span", label), piece("small", bad ? `${bad} already` : carries));
  one.setAttribute("aria-label", `Lose ${label} of ${of}: ${bad ? `${bad} already` : carries}`);
  one.disabled = Boolean(bad);
  for (const event of ["pointerenter", "focus"]) one.addEventListener(event, () => markStates(el, states, true));
  for (const event of ["pointerleave", "blur"]) one.addEventListener(event, () => markStates(el, states, false));
  return one;
}

function setColumn(model, { title, time, files }, el) {
  const column = document.createElement("li");
  const buttons = files.map((file) => fileButton(model, file, `${title}, ${time}`, el));
  column.append(piece("strong", title), piece("span", `${time} UTC`, "time"), ...buttons, piece("span", "", "state"));
  return column;
}

export default {
  render({ model, el }) {
    el.classList.add("labcheck-chain");
    const chains = document.createElement("div");
    const sentence = piece("p", "", "sentence");
    sentence.setAttribute("role", "status");
    const tools = document.createElement("p");
    tools.append(
      button("Give all files back", () => { model.set("lost", []); model.save_changes(); }),
      button("Read the backup server again", () => model.send({ pressed: "read" })),
    );
    const draw = () => {
      chains.replaceChildren(...model.get("chains").map((sets, number, all) => {
        const row = document.createElement("ol");
        row.setAttribute("aria-label", `Chain ${number + 1} of ${all.length}`);
        row.append(...sets.map((one) => setColumn(model, one, el)));
        return row;
      }));
      show();
    };
    const show = () => {
      const lost = new Set(model.get("lost"));
      const { left = [], sentence: words = "" } = model.get("told");
      for (const one of chains.querySelectorAll("button")) {
        one.setAttribute("aria-pressed", String(lost.has(one.dataset.name) || one.disabled));
      }
      chains.querySelectorAll("li").forEach((column, number) => {
        column.classList.toggle("gone", left[number] === false);
        column.querySelector(".state").textContent = left[number] === false ? "✘ state lost" : "✔ can be restored";
      });
      sentence.textContent = words;
    };
    model.on("change:chains", draw);
    model.on("change:told", show);
    model.on("change:lost", show);
    draw();
    el.append(sentence, chains, tools);
  },
};
