// Sliders, a choice and a button of the browser's own, so that keyboard and screen reader know them.
let explorers = 0;

function row(name, text, input) {
  const label = document.createElement("label");
  const id = `labcheck-rpo-${explorers}-${name}`;
  input.id = id;
  label.htmlFor = id;
  label.textContent = text;
  return [label, input];
}

function slider(model, { name, label, choices }) {
  const input = document.createElement("input");
  const output = document.createElement("output");
  Object.assign(input, { type: "range", min: 0, max: choices.length - 1, step: 1 });
  const show = () => {
    input.value = model.get("values")[name];
    tell();
  };
  const tell = () => {
    output.textContent = choices[input.value];
    input.setAttribute("aria-valuetext", choices[input.value]);
  };
  input.addEventListener("input", () => {
    tell();
    model.set("values", { ...model.get("values"), [name]: Number(input.value) });
    model.save_changes();
  });
  model.on("change:values", show);
  show();
  return [...row(name, label, input), output];
}

function choice(model, { name, label, choices }) {
  const select = document.createElement("select");
  choices.forEach((text, number) => select.add(new Option(text, number)));
  const show = () => { select.value = model.get("values")[name]; };
  select.addEventListener("change", () => {
    model.set("values", { ...model.get("values"), [name]: Number(select.value) });
    model.save_changes();
  });
  model.on("change:values", show);
  show();
  return row(name, label, select);
}

export default {
  render({ model, el }) {
    explorers += 1;
    el.classList.add("labcheck-rpo");
    const form = document.createElement("form");
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const field of model.get("fields")) {
      form.append(...(field.kind === "slider" ? slider(model, field) : choice(model, field)));
    }
    const buttons = document.createElement("p");
    for (const [name, text] of Object.entries(model.get("buttons"))) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => model.send({ pressed: name }));
      buttons.append(button);
    }
    const page = document.createElement("div");
    const show = () => { page.innerHTML = model.get("page"); };
    model.on("change:page", show);
    show();
    el.append(form, buttons, page);
    // Else JupyterLab takes arrow keys and Enter for itself; it looks at the element that has the focus.
    for (const control of el.querySelectorAll("input, select, button")) {
      control.dataset.lmSuppressShortcuts = "true";
    }
  },
};
