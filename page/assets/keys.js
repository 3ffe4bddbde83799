// In the grid, one cell is in the order of tabs, and arrows lead from there.

function startKeys() {
	const grid = document.getElementById("grid");
	if (!grid) return;
	const inGrid = links.filter((l) => grid.contains(l));
	inGrid.forEach((l, i) => (l.tabIndex = i ? -1 : 0));
	grid.addEventListener("focusin", (event) => {
		if (!inGrid.includes(event.target)) return;
		for (const l of inGrid) l.tabIndex = l === event.target ? 0 : -1;
	});
	grid.addEventListener("keydown", (event) => {
		if (!inGrid.includes(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
		const next = neighbour(event.target, event.key, inGrid);
		if (!next) return;
		event.preventDefault();
		next.focus();
	});
}

// neighbour is the cell to which a key leads, if it leads anywhere.
function neighbour(link, key, inGrid) {
	const visible = inGrid.filter((l) => !l.closest("[hidden]") && !l.parentElement.classList.contains("out"));
	const at = visible.indexOf(link);
	switch (key) {
	case "ArrowRight": return visible[at + 1];
	case "ArrowLeft": return visible[at - 1];
	case "Home": return visible.find((l) => l.closest("tr") === link.closest("tr"));
	case "End": return visible.findLast((l) => l.closest("tr") === link.closest("tr"));
	case "ArrowDown": return nearest(link, visible.slice(at + 1));
	case "ArrowUp": return nearest(link, visible.slice(0, Math.max(at, 0)).reverse());
	}
	return null;
}

// nearest is, in the first line that comes, the cell closest to the link's column.
function nearest(link, candidates) {
	const line = candidates.find((l) => l.closest("tr") !== link.closest("tr"))?.closest("tr");
	if (!line) return null;
	const middle = (l) => l.getBoundingClientRect().left + l.getBoundingClientRect().width / 2;
	return candidates.filter((l) => l.closest("tr") === line)
		.sort((a, b) => Math.abs(middle(a) - middle(link)) - Math.abs(middle(b) - middle(link)))[0];
}
