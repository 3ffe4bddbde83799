// The timeline of a cell: a lane for each side, in which its processes live one
// after the other, and one for the harness.

const lane = {height: 70, left: 64, right: 54, axis: 34, top: 6, line: 52, labels: 3};

// drawTimeline returns an SVG, or nothing if there are no events.
function drawTimeline(cell) {
	const events = cell.events;
	if (!events.length) return null;
	const lives = livesOf(events);
	const lanes = lanesOf(lives);
	const {x, width} = positions(events);
	const height = lane.top + lanes.length * lane.height + lane.axis;
	const parts = [];
	lanes.forEach((l, i) => {
		l.y = lane.top + i * lane.height + lane.line;
		l.labels = [];
		parts.push(
			svg("rect", {class: "lane" + (i % 2 ? " odd" : ""), x: 0, y: l.y - lane.line, width, height: lane.height}),
			svg("text", {class: "lane-name " + side(l.role), x: 8, y: l.y + 4}, l.first ? l.role : ""),
		);
	});
	parts.push(deathLine(lives, x, height));
	for (const life of lives.values()) parts.push(...drawLife(life, x));
	parts.push(...events.map((e, i) => arrow(e, x[i], lives)));
	for (const life of lives.values()) parts.push(...life.events.map((i) => drawEvent(events[i], x[i], life)));
	for (const l of lanes) parts.push(...drawLabels(l));
	parts.push(...axis(events, x, height - lane.axis + 6));
	return svg("svg", {
		class: "timeline", viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
		"aria-label": `Timeline of ${cell.id}, ${events.length} events; the table below has the same in words`,
	}, parts);
}

// livesOf tells, for each who of the timeline, its side and its events.
function livesOf(events) {
	const lives = new Map();
	events.forEach((e, i) => {
		if (!lives.has(e.who)) lives.set(e.who, {who: e.who, role: "harness", events: [], first: i, last: i, all: events});
		const life = lives.get(e.who);
		life.events.push(i);
		life.last = i;
		if (e.kind === "started") life.role = e.of;
	});
	return lives;
}

// lanesOf puts each life into the first lane of its side that is free then.
function lanesOf(lives) {
	const order = ["writer", "reader"];
	const rank = (role) => (role === "harness" ? 99 : (order.indexOf(role) + 9) % 9);
	const lanes = [];
	for (const life of lives.values()) {
		let free = lanes.find((l) => l.role === life.role && (life.role === "harness" || l.last < life.first));
		if (!free) lanes.push((free = {role: life.role, last: -1}));
		free.last = life.last;
		life.lane = free;
	}
	lanes.sort((a, b) => rank(a.role) - rank(b.role));
	lanes.forEach((l, i) => (l.first = i === 0 || lanes[i - 1].role !== l.role));
	return lanes;
}

function side(role) {
	return role === "writer" || role === "reader" ? role : "other";
}

// positions gives every event its place. Long gaps are shortened, short ones
// widened: what counts is the order, and the axis tells the time.
function positions(events) {
	const at = [0];
	for (let i = 1; i < events.length; i++) {
		const gap = Math.max(0, events[i].time - events[i - 1].time);
		at.push(at[i - 1] + Math.min(10 + 9 * Math.log2(1 + gap / 60), 90));
	}
	const room = Math.max(1060 - lane.left - lane.right, events.length * 15);
	const scale = room / Math.max(at[at.length - 1], 1);
	return {x: at.map((a) => lane.left + a * scale), width: Math.round(room + lane.left + lane.right)};
}

// drawLife draws how long a process lived, its operations and its sleeps.
function drawLife(life, x) {
	const {y} = life.lane;
	const line = svg("line", {class: "life " + side(life.role), x1: x[life.first], x2: x[life.last], y1: y, y2: y});
	const operations = [];
	const sleeps = [];
	let open = null;
	life.events.forEach((i, n) => {
		const e = life.all[i];
		const next = life.events[n + 1] ?? i;
		if (e.kind === "began") open = {e, from: x[i], free: x[next] - 6};
		if (e.kind === "slept" || e.kind === "polled") {
			sleeps.push(titled(e.what, svg("rect", {class: "sleep", x: x[i], y: y - 7, width: x[next] - x[i], height: 14})));
		}
		const ended = e.kind === "finished" || e.kind === "ended";
		if (open && (ended || n === life.events.length - 1)) {
			operations.push(operation(open, e, x[i], life));
			open = null;
		}
	});
	return [life.role === "harness" ? null : line, ...operations, ...sleeps];
}

// operation is a box, with its name inside if there is room before the next mark.
function operation({e: begin, from, free}, e, to, life) {
	const name = begin.of;
	const {y} = life.lane;
	const fits = Math.min(to, free) - from > name.length * letterWidth + 4;
	if (!fits) life.lane.labels.push({words: name, x: from, rank: 2, kind: "operation"});
	return titled(`${life.who}: ${name}, ${milliseconds(e.time - begin.time)} ms; ${e.what}`,
		svg("rect", {class: "op " + side(life.role), x: from, y: y - 7, width: Math.max(to - from, 3), height: 14, rx: 2}),
		fits && svg("text", {class: "op-name", x: from + 4, y: y + 4}, name));
}

// sweptUp tells whether a process was killed only because the cell was over: no
// signal was sent on purpose, and it did not do it itself.
function sweptUp(life) {
	const own = life.events.map((i) => life.all[i]);
	return own.at(-1).of === "signal SIGKILL" && !own.some((e) => e.kind === "reached") &&
		!life.all.some((e) => e.kind === "signalled" && e.of === life.who && e.what.startsWith("SIGKILL"));
}

// deathLine marks when the first victim's life ended.
function deathLine(lives, x, height) {
	for (const life of lives.values()) {
		const fell = life.events.map((i) => life.all[i]).find((e) => e.kind === "parked" || e.kind === "reached");
		const end = life.events.find((i) => life.all[i].kind === "ended" && /signal|code 2/.test(life.all[i].of));
		if ((fell || life.who === "victim") && end !== undefined) {
			return svg("line", {class: "death-line", x1: x[end], x2: x[end], y1: 0, y2: height - lane.axis + 6});
		}
	}
	return null;
}

// arrow leads from the harness to the process that it sends a signal.
function arrow(e, x, lives) {
	const to = e.kind === "signalled" && lives.get(e.of);
	const from = lives.get(e.who);
	if (!to || !from) return null;
	const y1 = from.lane.y - 8;
	const y2 = to.lane.y + (to.lane.y < y1 ? 10 : -10);
	const head = y2 < y1 ? 6 : -6;
	return svg("path", {class: "arrow", d: `M${x} ${y1}V${y2}m-3.5 ${head}l3.5 ${-head}l3.5 ${head}`});
}

// looks says how the kinds of events are drawn: a shape, and the words beside it.
const looks = {
	started: {shape: "circle", words: (e) => e.who},
	parked: {shape: "diamond", words: () => "parked"},
	reached: {shape: "diamond", words: () => "reached"},
	released: {shape: "dot", words: () => "released"},
	armed: {shape: "dot", words: () => "armed"},
	signalled: {shape: "dot", words: (e) => e.what.split(" ")[0]},
	stopped: {shape: "stopped", words: () => "stopped"},
	continued: {shape: "continued", words: () => "continued"},
	ended: {shape: "cross", words: (e, swept) => (swept ? "" : e.of.replace("signal ", ""))},
	slept: {shape: "asleep", words: (e) => (e.of === "poll" ? "asleep, polls" : "asleep, no timeout")},
	polled: {shape: "wake", words: () => ""},
	received: {shape: "message", words: (e) => e.of},
	fatal: {shape: "cross", words: () => "fatal"},
	"": {shape: "dot", words: (e) => (e.who === "ring" ? "ring made" : "")},
};

const paths = {
	circle: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z",
	dot: "M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0Z",
	diamond: "M0-8L7 0L0 8L-7 0Z",
	cross: "M-5-5L5 5M5-5L-5 5",
	stopped: "M-3-6V6M3-6V6",
	continued: "M-4-6L6 0L-4 6Z",
	asleep: "M-3-4H3L-3 4H3",
	wake: "M0-12l4 6h-8Z",
	message: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z",
};

function drawEvent(e, x, life) {
	const look = looks[e.kind];
	if (!look) return null; // began and finished are the ends of an operation
	const {y} = life.lane;
	const swept = e.kind === "ended" && sweptUp(life);
	const words = look.words(e, swept);
	const well = e.kind === "ended" && (swept || /code 0/.test(e.of));
	const beside = e.kind === "ended" || e.kind === "signalled"; // a line goes up from there
	if (words) life.lane.labels.push({words, x: beside ? x + 5 : x - 4, rank: ranks.indexOf(e.kind) < 0 ? 1 : 0, kind: e.kind + (well ? " well" : "")});
	return titled(`${milliseconds(e.time)} ms, ${e.who}: ${e.what}${swept ? ", when all was over" : ""}`,
		svg("rect", {class: "reach", x: x - 7, y: y - 12, width: 14, height: 24}),
		svg("path", {class: `mark ${look.shape} ${side(life.role)}${well ? " well" : ""}`, d: paths[look.shape], transform: `translate(${x.toFixed(1)} ${y})`}));
}

// ranks are the kinds whose labels are placed first: where there is no room for
// all, the others are left to the pointer and to the table.
const ranks = ["parked", "reached", "ended", "received", "stopped", "continued", "fatal", "started"];

function drawLabels(l) {
	const rows = labelRows(lane.labels);
	return l.labels.sort((a, b) => a.rank - b.rank).map(({words, x, kind}) => {
		const row = rows.place(x, words.length * letterWidth);
		return row < 0 ? null : svg("text", {class: "label " + kind, x, y: l.y - 13 - row * 12}, words);
	});
}

function axis(events, x, y) {
	const row = labelRows(1);
	const parts = [svg("line", {class: "axis", x1: lane.left, x2: x[x.length - 1], y1: y, y2: y})];
	events.forEach((e, i) => {
		const words = milliseconds(e.time);
		const shown = row.place(x[i] - words.length * 3, words.length * letterWidth) === 0;
		parts.push(svg("line", {class: "tick", x1: x[i], x2: x[i], y1: y, y2: y + (shown ? 7 : 4)}));
		if (shown) parts.push(svg("text", {class: "time", x: x[i], y: y + 19}, words));
	});
	parts.push(svg("text", {class: "lane-name other", x: 8, y: y + 19}, "ms"));
	return parts;
}
