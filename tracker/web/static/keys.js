// What scripts add to the pages: the token from the address, and keys. Pages work without them.
"use strict";
(() => {
  const login = document.getElementById("login");
  if (login && location.hash.startsWith("#t=")) {
    login.elements.token.value = location.hash.slice(3);
    history.replaceState(null, "", "/login");
    login.requestSubmit();
    return;
  }

  const said = () => document.getElementById("said");
  const items = () => [...document.querySelectorAll(".item")].filter((one) => one.offsetParent !== null);
  const judged = [];  // the items a word was said on by key, the last one last
  let current = null;

  const select = (item) => {
    if (!item) return;
    current?.classList.remove("current");
    current = item;
    item.classList.add("current");
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };
  const here = () => (current?.isConnected ? current : document.activeElement?.closest(".item"));
  const move = (step) => {
    const all = items(), at = all.indexOf(here());
    select(at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[Math.min(Math.max(at + step, 0), all.length - 1)]);
  };
  const press = (item, key) => {
    const button = item?.querySelector(`.judging [data-key="${key}"]`);
    if (!button) return false;
    button.click();
    return true;
  };
  const judge = (key) => {
    const item = here() ?? items()[0];
    if (!item) return;
    select(item);
    if (press(item, key)) judged.push(item);
    if (items().length > 1) move(1);
  };
  const undo = () => {
    const item = judged.pop() ?? here();
    if (!item || !press(item, "u")) return;
    if (items().length > 1) select(item);
  };
  const follow = (where) => where && location.assign(where);

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    r: () => judge("r"),
    n: () => judge("n"),
    u: undo,
    o: () => follow(here()?.dataset.path && here().querySelector(".title a")?.href),
    "/": () => (document.querySelector('input[type="search"]') ?? { focus: () => follow("/search") }).focus(),
    "[": () => follow(document.querySelector('a[rel="prev"]')?.href),
    "]": () => follow(document.querySelector('a[rel="next"]')?.href),
    "?": () => document.getElementById("keys")?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    if (target.closest?.("input, select, textarea, dialog, [contenteditable]")) return;
    if (event.key === "Enter" && target.classList?.contains("item")) return KEYS.o();
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("focusin", (event) => {
    const item = event.target.closest?.(".item");
    if (item && item !== current) {
      current?.classList.remove("current");
      current = item;
      item.classList.add("current");
    }
  });

  document.addEventListener("input", (event) => {
    document.querySelectorAll(`output[data-follows="${event.target.id}"]`).forEach((one) => { one.textContent = Number(event.target.value).toFixed(2); });
  });

  // A word that could not be noted is told; a button that went with its form hands the focus to its item.
  document.addEventListener("htmx:responseError", () => tell("That did not work; load the page again."));
  document.addEventListener("htmx:sendError", () => tell("The page does not answer; is the program still running?"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const item = event.detail.target?.closest?.(".item");
    if (item && item.contains(document.activeElement)) item.focus({ preventScroll: true });
  });
  let fading = 0;
  const tell = (words) => { said().textContent = words; };
  new MutationObserver(() => {
    clearTimeout(fading);
    fading = setTimeout(() => { if (said()) said().textContent = ""; }, 6000);
  }).observe(document.body, { childList: true });
})();
