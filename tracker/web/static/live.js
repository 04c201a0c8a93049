// Keeps counts, the line of what goes on, and progress up to date by server-sent events; the pages are whole without it.
"use strict";
(() => {
  if (!document.querySelector("[data-live], [data-live-kept]") || !window.EventSource) return;
  const plain = (words) => Number(words.replaceAll(",", ""));
  const put = (element, words) => { if (element.textContent !== words) element.textContent = words; };
  const progress = (name, one) => document.querySelectorAll(`[data-live-progress="${name}"]`).forEach((bar) => {
    bar.max = Math.max(one.total, 1);
    bar.value = one.done;
    if (name === "poll") bar.hidden = !one.total || one.done >= one.total;
  });
  let source = null;
  const listen = () => {
    source = new EventSource("/live");
    source.addEventListener("state", (event) => {
      const now = JSON.parse(event.data);
      document.querySelectorAll("[data-live]").forEach((element) => {
        const value = now[element.dataset.live];
        if (typeof value === "string") put(element, value);
      });
      document.querySelectorAll("[data-live-kept]").forEach((element) => {
        const value = now.kept[element.dataset.liveKept];
        if (value) put(element, value);
      });
      document.querySelectorAll("[data-live-fresh]").forEach((link) => {
        const more = plain(now.kept[link.dataset.liveFresh] ?? "0") - Number(link.dataset.known);
        link.hidden = more <= 0;
        if (more > 0) put(link, `${more.toLocaleString("en")} more: show them`);
      });
      progress("poll", now.poll);
      progress("job", now.job);
    });
  };
  // A page that nobody looks at needs no stream: there are only so many.
  const follow = () => {
    if (document.hidden && source) { source.close(); source = null; }
    if (!document.hidden && !source) listen();
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => { if (source) { source.close(); source = null; } });
  addEventListener("pageshow", follow);
  follow();
})();
