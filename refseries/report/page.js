// SPDX-License-Identifier: GPL-2.0-or-later
// Folds and filters the results, and opens cells. All that it shows is put in place as text.
"use strict";
document.documentElement.classList.add("js");

// With more cases than this found, fixtures stay folded: nobody reads them all at once.
const UNFOLD_MOST = 80;

document.addEventListener("DOMContentLoaded", () => {
	const data = JSON.parse(document.getElementById("cells").textContent);
	const get = (id) => document.getElementById("f-" + id);
	const fields = ["text", "outcome", "version", "config"];
	const tables = [...document.querySelectorAll("table.matrix")].map(read);

	function read(table) {
		const fixtures = [...table.querySelectorAll("tbody.cases")].map((body) => ({
			body,
			head: body.previousElementSibling,
			button: body.previousElementSibling.querySelector("button"),
			opened: false,
			rows: [...body.rows].map((row) => ({
				row,
				name: row.dataset.case.toLowerCase(),
				words: [...row.cells].slice(1).map((cell) => cell.textContent),
			})),
		}));
		return { table, section: table.closest("section"), fixtures };
	}

	function fits(row, wanted) {
		if (wanted.text && !row.name.includes(wanted.text)) return false;
		const words = wanted.version === "" ? row.words : [row.words[wanted.version]];
		if (wanted.outcome === "!") return words.some((word) => word.endsWith("!"));
		if (wanted.outcome === "~") return new Set(row.words).size > 1;
		if (wanted.outcome) return words.some((word) => word.replace("!", "") === wanted.outcome);
		return true;
	}

	function filter() {
		const wanted = {};
		for (const name of fields) wanted[name] = get(name).value;
		wanted.text = wanted.text.trim().toLowerCase();
		const all = document.getElementById("unfold").getAttribute("aria-pressed") === "true";
		const narrowed = wanted.text !== "" || wanted.outcome !== "";
		let total = 0, found = 0;
		for (const each of tables) {
			each.section.hidden = wanted.config !== "" && wanted.config !== each.section.dataset.config;
			each.table.className = "matrix" + [...each.table.tHead.rows[0].cells].slice(1)
				.map((_cell, n) => wanted.version !== "" && n !== Number(wanted.version) ? " h" + n : "").join("");
			for (const fixture of each.fixtures) {
				fixture.count = 0;
				for (const row of fixture.rows) {
					const fit = fits(row, wanted);
					if (row.row.hidden === fit) row.row.hidden = !fit;
					fixture.count += fit;
				}
				total += each.section.hidden ? 0 : fixture.rows.length;
				found += each.section.hidden ? 0 : fixture.count;
			}
		}
		for (const each of tables) for (const fixture of each.fixtures) {
			fixture.head.hidden = fixture.count === 0;
			unfold(fixture, fixture.count > 0 && (all || fixture.opened || (narrowed && found <= UNFOLD_MOST)));
		}
		document.getElementById("found").textContent = total ? `${found} of ${total} cases` : "no cases";
		remember(wanted);
	}

	function unfold(fixture, open) {
		fixture.body.classList.toggle("open", open);
		fixture.button.setAttribute("aria-expanded", String(open));
	}

	// The filters stand in the address, so that a link or a reload shows the same.
	function remember(wanted) {
		const set = new URLSearchParams();
		for (const name of fields) if (wanted[name] !== "") set.set(name, wanted[name]);
		const text = set.toString();
		if (text || location.hash.startsWith("#f:")) {
			history.replaceState(null, "", text ? "#f:" + text : "#matrix");
		}
	}

	function recall() {
		if (!location.hash.startsWith("#f:")) return;
		const set = new URLSearchParams(location.hash.slice(3));
		for (const name of fields) if (set.has(name)) get(name).value = set.get(name);
		for (const name of fields) if (get(name).selectedIndex === -1) get(name).selectedIndex = 0;
	}

	function part(list, title, text, mono) {
		if (!text) return;
		const term = document.createElement("dt"), told = document.createElement("dd");
		term.textContent = title;
		if (mono) {
			const pre = document.createElement("pre");
			pre.tabIndex = 0;
			pre.setAttribute("aria-label", title);
			pre.textContent = text;
			told.append(pre);
		} else if (title === "Task") {
			const link = document.createElement("a");
			link.href = "#task-" + encodeURIComponent(text);
			link.textContent = text;
			link.addEventListener("click", () => document.getElementById("cell").close());
			told.append(link);
		} else {
			told.textContent = text;
		}
		list.append(term, told);
	}

	function show(cell) {
		const place = cell.cellIndex - 1, row = cell.parentElement;
		const config = data.configs[cell.closest("table").dataset.place];
		const column = config.columns[place], text = (n) => data.texts[n];
		const list = document.createElement("dl"), name = row.dataset.case;
		const known = name === undefined ? null : config.cases[name];
		document.getElementById("cell-title").textContent =
			`${name === undefined ? "The whole run" : name}: ${column.version}, ${config.name}`;
		part(list, "Outcome", cell.textContent);
		if (known) {
			const [expected, task, message, why, said, output] =
				known.cells[place] === 0 ? ["pass", "", "", "", "", ""] : known.cells[place].map(text);
			part(list, "Expected", expected + (why ? ": " + why : ""));
			part(list, "Task", task);
			part(list, "Message", message);
			part(list, "The kernel said meanwhile", said, true);
			part(list, "The case said", output, true);
			part(list, "Run it again", `${text(column.again)} ${known.only}`, true);
		} else {
			part(list, "Message", text(column.message));
			part(list, "Complaints of the kernel", text(column.splats), true);
			part(list, "Run it again", text(column.again), true);
		}
		part(list, "Run at", column.when);
		part(list, "Console and results", text(column.log) || "not kept any more, or never there");
		document.getElementById("cell-body").replaceChildren(list);
		document.getElementById("cell").showModal();
	}

	for (const each of tables) {
		for (const fixture of each.fixtures) fixture.button.addEventListener("click", () => {
			fixture.opened = !fixture.body.classList.contains("open");
			unfold(fixture, fixture.opened);
		});
		each.table.addEventListener("click", (event) => {
			const cell = event.target.closest("td");
			if (cell && event.target.closest("button")) show(cell);
		});
	}
	document.getElementById("unfold").addEventListener("click", (event) => {
		const pressed = event.target.getAttribute("aria-pressed") === "true";
		event.target.setAttribute("aria-pressed", String(!pressed));
		for (const each of tables) for (const fixture of each.fixtures) fixture.opened = false;
		filter();
	});
	document.getElementById("filters").addEventListener("input", filter);
	document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
	window.addEventListener("hashchange", () => { recall(); filter(); });
	const stamp = document.documentElement.dataset.stamp;
	if (stamp) reopen();
	recall();
	filter();

	// A page that is served loads itself again while somebody reads it: what he opened stays open.
	function named() {
		const found = [...document.querySelectorAll("details")].map((each) => ({
			name: [each.closest("section, article").getAttribute("aria-labelledby"),
				each.querySelector("summary").textContent].join("\n"),
			get: () => each.open,
			open: () => { each.open = true; },
		}));
		for (const each of tables) for (const fixture of each.fixtures) found.push({
			name: `${each.section.dataset.config}\n${fixture.button.textContent}`,
			get: () => fixture.opened,
			open: () => { fixture.opened = true; },
		});
		return found;
	}

	function reopen() {
		const opened = new Set(JSON.parse(sessionStorage.getItem("opened") || "[]"));
		for (const each of named()) if (opened.has(each.name)) each.open();
	}

	function reload() {
		const opened = named().filter((each) => each.get()).map((each) => each.name);
		sessionStorage.setItem("opened", JSON.stringify(opened));
		location.reload();
	}

	if (stamp) setInterval(async () => {
		const dialog = document.getElementById("cell");
		try {
			const answer = await fetch("stamp", { cache: "no-store" });
			if (answer.ok && (await answer.text()) !== stamp && !dialog.open) reload();
		} catch { /* the server has ended; the page stays as it is */ }
	}, 2000);
});
