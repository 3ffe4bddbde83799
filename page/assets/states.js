// The graph of states: a column, or a few, for each step from the begin. One state is
// chosen, and a table tells what leads there and on from there.

const box = {width: 168, height: 18, step: 22, column: 250, rows: 44, margin: 10};

function startStates() {
	const holder = document.getElementById("states");
	if (!holder || !data.graph) return;
	const nodes = data.graph.nodes.map(([id, label, layer, begin, whole], i) => ({i, id, label: label || String(id), layer, begin, whole}));
	const edges = data.graph.edges.map(([from, to, op, at]) => ({from: nodes[from], to: nodes[to], op, at}));
	const choice = element("select", {id: "state"}, nodes.map((n) => element("option", {value: String(n.i)}, `${n.id}: ${n.label}`)));
	const table = element("div", {"aria-live": "polite"});
	const drawing = drawStates(nodes, edges);
	const choose = (i) => {
		choice.value = String(i);
		table.replaceChildren(...waysOf(nodes[i], edges));
		for (const part of drawing.querySelectorAll(".chosen")) part.classList.remove("chosen");
		for (const part of drawing.querySelectorAll(`[data-node="${i}"], [data-from="${i}"], [data-to="${i}"]`)) {
			part.classList.add("chosen");
			if (part.dataset.from) part.parentNode.append(part); // above the others
		}
	};
	choice.addEventListener("input", () => choose(Number(choice.value)));
	drawing.addEventListener("click", (event) => {
		const node = event.target.closest("[data-node]");
		if (node) choose(Number(node.dataset.node));
	});
	holder.replaceChildren(
		element("div", {class: "scroll tall", tabindex: "0", role: "group", "aria-label": "Graph of states, scrolls"}, drawing),
		element("p", {class: "key"}, element("span", null, "A dashed box is left by a death alone, in the other ones an operation has ended; a dashed line leads back.")),
		element("p", null, element("label", {for: "state"}, "State "), choice), table);
	choose(0);
}

// places gives every node its corner: more than fit in a column take another.
function places(nodes) {
	let [column, row, layer] = [0, 0, 0];
	return nodes.map((n) => {
		if (n.layer !== layer || row === box.rows) [column, row, layer] = [column + 1, 0, n.layer];
		return {x: box.margin + column * box.column, y: box.margin + row++ * box.step};
	});
}

function drawStates(nodes, edges) {
	const at = places(nodes);
	const width = Math.max(...at.map((p) => p.x)) + box.width + 60;
	const height = Math.max(...at.map((p) => p.y)) + box.height + box.margin;
	const drawn = new Set();
	const ways = edges.filter((e) => {
		const key = `${e.from.i} ${e.to.i}`;
		return e.from !== e.to && !drawn.has(key) && drawn.add(key);
	}).map((e) => drawWay(e, at[e.from.i], at[e.to.i]));
	const boxes = nodes.map((n) => {
		const {x, y} = at[n.i];
		const most = Math.floor((box.width - 8) / letterWidth);
		const name = n.label.length > most ? n.label.slice(0, most - 1) + "…" : n.label;
		const group = titled(`${n.id}: ${n.label}`,
			svg("rect", {class: "state" + (n.whole ? "" : " left") + (n.begin ? " begin" : ""), x, y, width: box.width, height: box.height, rx: 3}),
			svg("text", {x: x + 5, y: y + 13}, name));
		group.dataset.node = n.i;
		return group;
	});
	return svg("svg", {class: "graph", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `Graph of ${nodes.length} states and ${edges.length} ways; choose a state below for its ways in words`},
		svg("g", null, ways), boxes);
}

function drawWay(e, from, to) {
	const [x1, y1, y2] = [from.x + box.width, from.y + box.height / 2, to.y + box.height / 2];
	const on = to.x > from.x;
	const x2 = on ? to.x : to.x + box.width;
	const bend = Math.max(40, (box.column - box.width) / 2);
	const way = svg("path", {class: "way" + (on ? "" : " back"), d: `M${x1} ${y1}C${x1 + bend} ${y1} ${on ? x2 - bend : x2 + bend} ${y2} ${x2} ${y2}`});
	way.dataset.from = e.from.i;
	way.dataset.to = e.to.i;
	return way;
}

// waysOf is the table of a state.
function waysOf(node, edges) {
	const table = (name, ways, other) => element("table", {class: "plain"},
		element("caption", null, `${name} ${node.label}: ${ways.length}`),
		element("thead", null, element("tr", null, ["state", "operation", "where"].map((head) => element("th", {scope: "col"}, head)))),
		element("tbody", null, ways.map((e) => element("tr", null,
			element("th", {scope: "row"}, `${other(e).id}: ${other(e).label}`), element("td", null, e.op), element("td", null, element("code", null, e.at))))));
	return [table("On from", edges.filter((e) => e.from === node), (e) => e.to), table("To", edges.filter((e) => e.to === node), (e) => e.from)];
}
