"use strict";
// Tables that sort, a filter, day and night, and a page for each device.
// All text comes into the page as text nodes, so that no name is ever read as markup.
(function () {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);

  function make(name, said, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(said || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // ---- day and night --------------------------------------------------------------------------

  const theme = find("theme");
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  night.addEventListener("change", nameTheme);
  nameTheme();

  // ---- tables that sort -----------------------------------------------------------------------

  function valueOf(row, column) {
    const cell = row.cells[column];
    const said = cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
    return said === "–" ? "" : said;
  }

  function compare(a, b) {
    const one = Number(a), other = Number(b);
    if (!Number.isNaN(one) && !Number.isNaN(other)) return one - other;
    return a.localeCompare(b, "en", { numeric: true });
  }

  function sort(table, column) {
    const heads = table.tHead.rows[0].cells;
    const up = heads[column].getAttribute("aria-sort") !== "ascending";
    for (const head of heads) head.setAttribute("aria-sort", "none");
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = Array.from(table.tBodies[0].rows, (row) => [valueOf(row, column), row]);
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      return up ? compare(a, b) : compare(b, a);
    });
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  }

  function makeSortable(table) {
    Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
      const button = make("button", { type: "button" }, head.textContent);
      button.addEventListener("click", () => sort(table, column));
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
    });
  }

  document.querySelectorAll("table").forEach((table) => {
    if (table.tBodies[0].rows.length > 1) makeSortable(table);
  });

  // ---- the filter -----------------------------------------------------------------------------

  const filter = find("filter");
  if (filter) {
    const rows = Array.from(find("people").tBodies[0].rows);
    const texts = rows.map((row) =>
      Array.from(row.cells, (cell) => cell.textContent).join(" ").toLowerCase());
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, at) => {
        row.hidden = !words.every((word) => texts[at].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      find("found").textContent =
        shown.toLocaleString("en") + (shown === 1 ? " device" : " devices");
    });
  }

  // ---- numbers --------------------------------------------------------------------------------

  const AGES = [[31557600, "years"], [86400, "days"], [3600, "h"], [60, "min"], [1, "s"],
    [1e-3, "ms"], [1e-6, "us"], [1e-9, "ns"]];
  const PREFIXES = [[1, ""], [1e-3, "m"], [1e-6, "u"], [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];
  const isKnown = (value) => value !== null && value !== undefined;
  const digits = (value) => String(Number(value.toPrecision(3)));
  const plain = (value) => (isKnown(value) ? digits(value).replace("-", "−") : "–");
  const fraction = (value) => (isKnown(value) ? value.toFixed(3) : "–");
  const count = (value) =>
    (isKnown(value) && value >= 0 ? Math.round(value).toLocaleString("en") : "–");

  function age(seconds) {
    if (!isKnown(seconds)) return "–";
    for (const [size, unit] of AGES) {
      if (seconds >= 0.9995 * size) {
        const number = digits(seconds / size);
        return number + " " + (number === "1" && unit.length > 3 ? unit.slice(0, -1) : unit);
      }
    }
    return digits(seconds) + " s";
  }

  function energy(joules) {
    if (!isKnown(joules)) return "–";
    for (const [size, prefix] of PREFIXES) {
      if (Math.abs(joules) >= 0.9995 * size) return digits(joules / size) + " " + prefix + "J";
    }
    return digits(joules) + " J";
  }

  // ---- a page for each device -----------------------------------------------------------------

  const block = find("data");
  if (!block) return;
  const data = JSON.parse(block.textContent);
  const place = new Map();
  data.cohorts.forEach((cohort) =>
    cohort.serial.forEach((serial, at) => place.set(serial, [cohort, at])));
  const serials = Array.from(place.keys()).sort((a, b) => a - b);
  const students = new Map();
  data.cohorts.forEach((cohort) => cohort.lessons.forEach((lesson) =>
    lesson.teacher_serial.forEach((teacher, at) => {
      if (lesson.present[at] !== 1 || teacher < 0) return;
      if (!students.has(teacher)) students.set(teacher, []);
      students.get(teacher).push([cohort.serial[at], lesson, at]);
    })));
  const ENDS = { accuracy: "died of an accuracy below the limit", stuck: "died of stuck cells",
    buried: "buried alive" };

  function link(serial) {
    if (serial < 0) return "no device";
    if (!place.has(serial)) return "device " + serial;
    return make("a", { href: "#device-" + serial }, "device " + serial);
  }

  function tableOf(caption, head, rows) {
    const cell = (value, at) => {
      const isNumber = typeof value === "object" && value !== null && "shown" in value;
      const element = make(at ? "td" : "th", at ? {} : { scope: "row" },
        isNumber ? value.shown : value);
      if (isNumber) {
        element.classList.add("n");
        element.dataset.value = isKnown(value.value) ? value.value : "";
      }
      return element;
    };
    const heads = head.map((title, at) => {
      const isNumber = rows.length && typeof rows[0][at] === "object" && "shown" in rows[0][at];
      return make("th", isNumber ? { scope: "col", class: "n" } : { scope: "col" }, title);
    });
    const table = make("table", {}, make("caption", {}, make("span", {}, caption)),
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))));
    if (rows.length > 1) makeSortable(table);
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      table);
  }

  const n = (value, show) => ({ value, shown: show(value) });

  function curve(points) {
    const space = "http://www.w3.org/2000/svg";
    const draw = (name, said, text) => {
      const element = document.createElementNS(space, name);
      for (const [key, value] of Object.entries(said)) element.setAttribute(key, value);
      if (text !== undefined) element.textContent = text;
      return element;
    };
    const width = 640, height = 190, left = 34, bottom = 24, top = 10;
    const x = (at) => left + (width - left - 12) * (points.length > 1 ? at / (points.length - 1) : 0.5);
    const y = (value) => top + (height - bottom - top) * (1 - value);
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve", role: "img",
      "aria-label": "Agreement with the targets by epoch" });
    for (const value of [0, 0.5, 1]) {
      svg.append(draw("line", { x1: left, x2: width - 12, y1: y(value), y2: y(value),
        class: "s-grid" }), draw("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" },
        value));
    }
    const path = points.map((point, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(point.accuracy).toFixed(1)}`);
    svg.append(draw("path", { d: path.join(""), class: "s-c0", fill: "none", "stroke-width": 2 }));
    points.forEach((point, at) => {
      const dot = draw("circle", { cx: x(at).toFixed(1), cy: y(point.accuracy).toFixed(1), r: 3,
        class: point.kind === "train" ? "f-c0" : "f-c1" });
      dot.append(draw("title", {},
        `step ${point.step}, epoch ${point.number + 1}: ${fraction(point.accuracy)}`));
      svg.append(dot);
    });
    svg.append(draw("text", { x: left, y: height - 5 }, "epochs, in the order of the story"));
    return svg;
  }

  function ranked(values, at) {
    const known = values.filter(isKnown);
    if (!isKnown(values[at]) || known.length < 2) return null;
    const below = known.filter((value) => value < values[at]).length;
    const level = known.filter((value) => value === values[at]).length - 1;
    return 100 * (below + level / 2) / (known.length - 1);
  }

  function heading(parts, text) { parts.push(make("h2", {}, text)); }

  function devicePage(serial) {
    const [cohort, at] = place.get(serial);
    const there = (event) => event.present[at] === 1;
    const facts = [["cohort", cohort.name], ["generation", cohort.generation[at]],
      ["technology", cohort.technology[at]], ["rule", cohort.rule[at]],
      ["variant", cohort.variant[at]], ["wafer", cohort.wafer[at]], ["born at step", cohort.born_step[at]],
      ["end", cohort.death_cause[at] ? (ENDS[cohort.death_cause[at]] || cohort.death_cause[at]) +
        ", step " + cohort.died_step[at] + ", aged " + age(cohort.lifetime[at]) : "alive"]];
    const list = make("dl", { class: "facts" }, ...facts.filter(([, value]) => value !== "")
      .map(([word, value]) => make("div", {}, make("dt", {}, word), make("dd", {}, String(value)))));
    const index = serials.indexOf(serial);
    const ways = make("p", { class: "ways" }, make("a", { href: "#devices" }, "All devices"));
    for (const [word, step] of [["Previous", -1], ["Next", 1]]) {
      const near = serials[index + step];
      if (near !== undefined) {
        ways.append(make("a", { href: "#device-" + near }, word + ": device " + near));
      }
    }
    const parts = [ways, make("h1", {}, "Device " + serial), list];

    const exams = cohort.exams.filter(there);
    heading(parts, "Exams");
    if (exams.length) {
      parts.push(tableOf("Accuracy of this device at its exams, beside the mean of its cohort.",
        ["step", "data", "accuracy", "cohort's mean", "chance", "loss (bit)", "age", "energy",
          "pulses"],
        exams.map((exam) => {
          const known = exam.accuracy.filter((value, who) => isKnown(value) && exam.present[who]);
          const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
          return [exam.step, exam.data, n(exam.accuracy[at], fraction), n(mean, fraction),
            n(exam.chance, fraction), n(exam.loss ? exam.loss[at] : null, plain),
            n(exam.age[at], age), n(exam.energy[at], energy),
            n(exam.pulses ? exam.pulses[at] : null, count)];
        })));
    } else parts.push(make("p", {}, "It was never examined."));

    const points = cohort.epochs.filter((epoch) => there(epoch) && isKnown(epoch.accuracy[at]))
      .map((epoch) => ({ accuracy: epoch.accuracy[at], kind: epoch.kind, step: epoch.step,
        number: epoch.number }));
    if (points.length) {
      heading(parts, "Learning");
      parts.push(curve(points), make("p", { class: "note" }, points.length + " epochs, from " +
        fraction(points[0].accuracy) + " to " + fraction(points[points.length - 1].accuracy) +
        " agreement with the targets while training."));
    }

    const lessons = cohort.lessons.filter(there);
    if (lessons.length) {
      heading(parts, "Taught by");
      parts.push(tableOf("Lessons it took, and its agreement with the teacher.",
        ["step", "teacher", "answers", "asked", "bits", "before", "after"],
        lessons.map((lesson) => [lesson.step, link(lesson.teacher_serial[at]), lesson.kind,
          n(lesson.asked[at], count), n(lesson.bits[at], count),
          n(lesson.agreement_before[at], fraction), n(lesson.agreement_after[at], fraction)])));
    }
    if (students.has(serial)) {
      heading(parts, "Taught");
      parts.push(tableOf("Lessons it gave, and the student's agreement with it.",
        ["step", "student", "answers", "before", "after"],
        students.get(serial).map(([student, lesson, who]) => [lesson.step, link(student),
          lesson.kind, n(lesson.agreement_before[who], fraction),
          n(lesson.agreement_after[who], fraction)])));
    }
    const copies = cohort.copies.filter(there);
    if (copies.length) {
      heading(parts, "Copied from");
      parts.push(tableOf("Weights written into it: the control arm.",
        ["step", "original", "written by", "weight error", "pulses", "energy"],
        copies.map((copy) => [copy.step, link(copy.source_serial[at]), copy.mode,
          n(copy.error[at], plain), n(copy.pulses[at], count), n(copy.energy[at], energy)])));
    }
    const rests = cohort.ageings.filter(there);
    if (rests.length) {
      heading(parts, "Rest");
      parts.push(tableOf("Time spent unpowered.", ["step", "time", "temperature (°C)"],
        rests.map((rest) => [rest.step, n(rest.duration, age),
          n(rest.temperature - 273.15, plain)])));
    }
    if (cohort.birth.length) {
      heading(parts, "Birth");
      parts.push(tableOf("How it was made, and how many percent of its cohort have less of it.",
        ["parameter", "value", "above (%)"], cohort.birth.map((one) =>
          [one.name, n(one.values[at], plain),
            n(ranked(one.values, at), (value) => (value === null ? "–" : value.toFixed(0)))])));
    }
    return parts;
  }

  const report = find("report"), device = find("device"), title = document.title;
  let scrolled = 0, wasDevice = false;

  function route() {
    const found = /^#device-(\d+)$/.exec(window.location.hash);
    const serial = found ? Number(found[1]) : null;
    const isDevice = serial !== null;
    if (isDevice && !wasDevice) scrolled = window.scrollY;
    report.hidden = isDevice;
    find("chapters").hidden = isDevice;
    document.querySelector(".top").hidden = isDevice;
    device.hidden = !isDevice;
    if (isDevice) {
      if (place.has(serial)) device.replaceChildren(...devicePage(serial));
      else {
        device.replaceChildren(make("h1", {}, "Device " + serial),
          make("p", {}, "The report holds no device of this number. "),
          make("p", {}, make("a", { href: "#devices" }, "All devices")));
      }
      document.title = "Device " + serial + " – " + title;
      window.scrollTo(0, 0);
      device.focus({ preventScroll: true });
    } else {
      device.replaceChildren();
      document.title = title;
      if (wasDevice) {
        window.scrollTo({ top: scrolled, behavior: "instant" });
        report.focus({ preventScroll: true });
      }
    }
    wasDevice = isDevice;
  }

  window.addEventListener("hashchange", route);
  if (window.location.hash.startsWith("#device-")) route();
})();
