// All about one cell.

// drawings returns the timeline and the images, with the same in words.
function drawings(cell, withFacts) {
	const parts = [];
	const timeline = drawTimeline(cell);
	if (timeline) {
		parts.push(
			element("figure", {class: "wide"},
				element("figcaption", null, "Timeline: all processes on one clock, in ms; long gaps are shortened"),
				element("div", {class: "scroll", tabindex: "0", role: "group", "aria-label": "Timeline, scrolls sideways"}, timeline),
				timelineLegend()),
			element("details", {class: "words"}, element("summary", null, `Timeline in words, ${cell.events.length} events`), eventTable(cell)),
		);
	}
	const file = cell.images.length && element("figure", null,
		element("figcaption", null, "The file: one lap, with its records; positions count on from lap to lap"),
		element("div", {class: "scroll", tabindex: "0", role: "group", "aria-label": "Images of the file, scroll sideways"}, images(cell)));
	parts.push(element("div", {class: "side"}, file, withFacts && factTable(cell)));
	return parts;
}

function images(cell) {
	let before = null;
	return cell.images.map((image) => {
		if (image.same) return element("p", {class: "same"}, element("b", null, image.when), " byte for byte the same");
		const parts = [];
		if (image.size) parts.push(drawImage(image, before));
		if (image.problem || !image.size) {
			parts.push(element("p", {class: "same"}, image.size ? null : element("b", null, image.when), " " + (image.problem || "nothing to draw")));
		}
		before = image.size ? image : before;
		return parts;
	});
}

function timelineLegend() {
	const sample = (shape, words) => element("span", null,
		svg("svg", {class: "timeline", viewBox: "-9 -13 18 24", width: 16, height: 20, "aria-hidden": "true"},
			svg("path", {class: "mark other " + shape, d: paths[shape]})), " " + words);
	return element("p", {class: "key", "aria-hidden": "true"},
		sample("circle", "started"), sample("diamond", "at its site"), sample("cross", "dead"), sample("stopped", "stopped"),
		sample("continued", "continued"), sample("asleep", "asleep"), sample("wake", "woke by polling, slept again"), sample("message", "message received"));
}

function eventTable(cell) {
	const table = element("table", {class: "plain events"},
		element("thead", null, element("tr", null, ["ms", "who", "what"].map((name) => element("th", {scope: "col"}, name)))));
	table.append(element("tbody", null, cell.events.map((e) => element("tr", {class: e.kind || null},
		element("td", {class: "n"}, milliseconds(e.time)), element("td", null, e.who), element("td", null, e.what)))));
	return table;
}

function factTable(cell) {
	if (!cell.facts.length) return null;
	const shown = (value, none) => (value === null || value === undefined ? element("em", null, none) : value === "" ? element("em", null, "nothing") : value);
	return element("table", {class: "plain facts"},
		element("caption", null, "Facts: as seen, against what is documented"),
		element("thead", null, element("tr", null, ["", "fact", "seen", "expected"].map((name) => (name ? element("th", {scope: "col"}, name) : element("td"))))),
		element("tbody", null, cell.facts.map((f) => element("tr", {class: f.right ? null : "wrong"},
			element("td", null, element("span", {class: "c " + (f.right ? "pass" : "fail")}, element("b", null, f.right ? "✓" : "✕"))),
			element("th", {scope: "row"}, f.name), element("td", null, shown(f.seen, "not seen")),
			element("td", null, f.right ? element("span", {class: "quiet"}, "the same") : shown(f.want, "nothing expected"))))));
}

function command(cell) {
	if (!data.repeat) return null;
	const line = data.repeat.replaceAll("{id}", cell.id);
	const copy = element("button", {type: "button"}, "Copy");
	copy.addEventListener("click", () => {
		navigator.clipboard.writeText(line).then(() => (copy.textContent = "Copied"), () => (copy.textContent = "Not allowed here"));
	});
	return element("p", {class: "again"}, element("span", null, "again: "), element("code", null, line), " ", copy);
}

function facts(cell) {
	const site = (data.sites || []).find((s) => s.site === cell.site);
	const words = [];
	const add = (name, value) => value && words.push(element("div", null, element("dt", null, name), element("dd", null, value)));
	add("verdict", `${signs[cell.verdict] || "?"} ${cell.verdict}`);
	add("outcome", cell.outcome.replaceAll("+", ", "));
	add("victim", cell.role);
	add("mode", cell.mode);
	add("other side", cell.variant);
	add("exit", cell.exit);
	add("hit", cell.hit && String(cell.hit));
	add("took", cell.duration_ms ? `${cell.duration_ms.toFixed(1)} ms` : "");
	add("labels", cell.labels.filter((l) => !cell.outcome.split("+").includes(l)).join(", "));
	return [element("dl", {class: "about"}, words),
		site && element("p", {class: "stands"}, element("b", null, "Stands there: "), site.done, element("b", null, " Next: "), site.next)];
}

// fillDetail puts all about a cell into a node, below its heading.
function fillDetail(node, cell) {
	node.replaceChildren(
		element("div", {class: "bar"},
			element("h3", {tabindex: "-1", id: "detail-title"}, element("span", {class: "c " + (signs[cell.verdict] ? cell.verdict : "unknown")}, element("b", null, signs[cell.verdict] || "?")), " " + cell.id),
			element("span", {class: "buttons"},
				element("button", {type: "button", "data-step": "-1"}, "Previous"), element("button", {type: "button", "data-step": "1"}, "Next"),
				element("button", {type: "button", "data-close": true}, "Close"))),
		...[cell.detail && element("pre", {class: "detail"}, cell.detail), command(cell), facts(cell), drawings(cell, true)].flat().filter(Boolean));
}
