// The address says which cell is open, so that links lead there and the
// browser's way back works.

const detail = element("section", {id: "detail", "aria-labelledby": "detail-title"});
let opened = null;

function wantedCell() {
	const hash = location.hash.slice(1);
	if (!hash.startsWith("cell-")) return null;
	let id = hash.slice("cell-".length);
	try {
		id = decodeURIComponent(id);
	} catch {
		// a stray percent sign stands for itself
	}
	return cells.has(id) ? id : null;
}

function show() {
	const id = wantedCell();
	if (id === opened) return;
	const before = opened;
	opened = id;
	for (const link of links) {
		if (link.dataset.cell === id) link.setAttribute("aria-current", "true");
		else link.removeAttribute("aria-current");
	}
	(detail.closest("tr.open") || detail).remove();
	if (!id) {
		links.find((l) => l.dataset.cell === before)?.focus();
		return;
	}
	fillDetail(detail, cells.get(id));
	const link = links.find((l) => l.dataset.cell === id);
	const line = link.closest("tr");
	if (line) line.after(element("tr", {class: "open"}, element("td", {colspan: String(columns(line))}, detail)));
	else link.closest("section").after(detail);
	detail.scrollIntoView({block: "nearest"});
	link.scrollIntoView({block: "nearest"});
	detail.querySelector("h3").focus({preventScroll: true});
}

function columns(line) {
	return [...line.children].reduce((sum, cell) => sum + cell.colSpan, 0);
}

function close() {
	history.pushState(null, "", "#matrix");
	show();
}

detail.addEventListener("click", (event) => {
	const button = event.target.closest("button");
	if (!button) return;
	if ("close" in button.dataset) close();
	if (button.dataset.step) location.hash = "cell-" + stepFrom(opened, Number(button.dataset.step));
});
document.addEventListener("keydown", (event) => {
	if (event.key === "Escape" && opened && !event.defaultPrevented) close();
});

// What did not pass has its drawings in the list too, as soon as they are seen
// or printed. A cell's link leads to its place in the grid from now on.
function drawCase(part) {
	const holder = part.querySelector(".drawings");
	if (holder && !holder.hasChildNodes()) holder.append(...drawings(cells.get(part.dataset.cell)));
}

const cases = [...document.querySelectorAll("#bad details.case")];
for (const part of cases) {
	part.removeAttribute("id");
	part.addEventListener("toggle", () => part.open && drawCase(part));
	if (part.open) drawCase(part);
}
addEventListener("beforeprint", () => {
	for (const part of cases) {
		drawCase(part);
		part.open = true;
	}
});

startFilters();
startKeys();
startStates();
addEventListener("hashchange", show);
addEventListener("popstate", show);
show();
