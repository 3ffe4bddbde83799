// Filters: cells that do not match are dimmed, lines without a match hidden.

const form = document.getElementById("filters");
const links = [...document.querySelectorAll("#matrix a.c[data-cell]")];

// haystack is all that the text filter looks at, in small letters.
function haystack(cell) {
	const facts = cell.facts.flatMap((f) => [f.name, f.seen, f.want]);
	return [cell.id, cell.role, cell.mode, cell.outcome, cell.verdict, cell.detail, cell.exit, ...cell.labels, ...facts].join(" ").toLowerCase();
}

function matches(cell, wanted) {
	if (wanted.text.some((word) => !(cell.hay ??= haystack(cell)).includes(word))) return false;
	return ["verdict", "role", "mode", "variant"].every((name) => !wanted[name] || cell[name] === wanted[name]) &&
		(!wanted.label || cell.labels.includes(wanted.label));
}

function applyFilters() {
	const values = Object.fromEntries(new FormData(form));
	const wanted = {...values, text: values.text.toLowerCase().split(/\s+/).filter(Boolean)};
	let shown = 0;
	for (const link of links) {
		const match = matches(cells.get(link.dataset.cell), wanted);
		link.parentElement.classList.toggle("out", !match);
		shown += match;
	}
	for (const part of document.querySelectorAll("#grid tr.site, #grid tbody, #matrix .list")) {
		const all = part.querySelectorAll("a.c");
		part.hidden = [...all].every((link) => link.parentElement.classList.contains("out")) && (all.length > 0 || shown < links.length);
	}
	form.elements.shown.value = shown === links.length ? `all ${shown} cells` : `${shown} of ${links.length} cells`;
}

// stepFrom returns the id of a cell so many matching ones further.
function stepFrom(id, step) {
	const ids = links.filter((l) => !l.parentElement.classList.contains("out")).map((l) => l.dataset.cell);
	const at = ids.indexOf(id);
	return ids[(at + step + ids.length) % ids.length];
}

function startFilters() {
	if (!form) return;
	form.hidden = false;
	form.addEventListener("input", applyFilters);
	form.addEventListener("submit", (event) => event.preventDefault());
	form.addEventListener("reset", () => setTimeout(applyFilters));
	applyFilters();
}
