// JupyterLab moves between cells with the arrow keys, also while one of a cell's choices has the focus.
// Inside an element of class labcheck-choices they belong to what is focused there.
const SUPPRESS = "data-lm-suppress-shortcuts";

function keep(event) {
  const target = event.target;
  if (!target.closest?.(".labcheck-choices")) return;
  if (event.key.startsWith("Arrow")) target.setAttribute(SUPPRESS, "true");
  else target.removeAttribute(SUPPRESS);
}

export default {
  render({ el }) {
    el.style.display = "none";
    window.addEventListener("keydown", keep, true);
    return () => window.removeEventListener("keydown", keep, true);
  },
};
