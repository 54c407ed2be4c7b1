// A clock that runs from a moment, in seconds since 1970; a reader of the page hears it once a minute at most.
export default {
  render({ model, el }) {
    el.classList.add("labcheck-clock");
    const time = document.createElement("span");
    time.setAttribute("role", "timer");
    const show = () => {
      const until = model.get("until") || Date.now() / 1000;
      const seconds = Math.max(0, Math.floor(until - model.get("since")));
      const pad = (number) => String(number).padStart(2, "0");
      time.textContent = `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
    };
    const label = document.createElement("span");
    label.textContent = model.get("label");
    el.append(label, time);
    show();
    const running = setInterval(show, 500);
    model.on("change:until", show);
    return () => clearInterval(running);
  },
};
