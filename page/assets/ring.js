// One image of the file that the processes share, as a strip: one lap of the
// circle, with the records where they lie and the positions below.

const strip = {left: 88, width: 446, right: 208, top: 26, height: 34, row: 15};

function drawImage(image, before) {
	const width = strip.left + strip.width + strip.right;
	let height = strip.top + strip.height + 30;
	const parts = [svg("text", {class: "when", x: 8, y: strip.top + 15}, image.when)];
	if (image.size) {
		parts.push(svg("text", {class: "laps", x: 8, y: strip.top + 29}, laps(image)));
		const at = (position) => strip.left + ((position % image.size) / image.size) * strip.width;
		parts.push(...ruler(image), ...flight(image), ...image.records.map((r) => drawRecord(r, image)));
		const {marks, rows} = drawMarks(image, before, at);
		parts.push(...marks);
		height += rows * strip.row;
	}
	image.words.forEach((word, i) => {
		const was = before && before.words.find((w) => w.name === word.name);
		const changed = was && was.value !== word.value;
		parts.push(svg("text", {class: "word" + (changed ? " changed" : ""), x: strip.left + strip.width + 18, y: strip.top + 12 + i * 17},
			`${word.name} ${word.value}${changed ? " (was " + was.value + ")" : ""}`));
	});
	return svg("svg", {class: "ring", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": describe(image)}, parts);
}

// laps names those in which there is a position.
function laps(image) {
	const all = image.marks.map((m) => Math.floor(m.at / image.size) + 1);
	const [first, last] = [Math.min(...all), Math.max(...all)];
	return first === last ? `lap ${first}` : `laps ${first} to ${last}`;
}

// describe is the image in words.
function describe(image) {
	const words = [`File ${image.when}: ${image.size} bytes a lap`];
	for (const m of image.marks) words.push(`${m.name} at ${m.at}`);
	for (const w of image.words) words.push(`${w.name} ${w.value}`);
	for (const r of image.records) words.push(recordWords(r));
	return words.join("; ");
}

function recordWords(r) {
	const flags = r.flags || "no flag";
	return `${r.published ? "record" : "unpublished record"} at ${r.at}, ${r.size} bytes, ${flags}${r.text ? ", " + r.text : ""}`;
}

function ruler(image) {
	const parts = [svg("rect", {class: "bed", x: strip.left, y: strip.top, width: strip.width, height: strip.height})];
	for (let i = 0; i <= 8; i++) {
		const x = strip.left + (strip.width * i) / 8;
		parts.push(svg("line", {class: "tick", x1: x, x2: x, y1: strip.top - (i % 2 ? 3 : 6), y2: strip.top}));
		if (i % 2 === 0) parts.push(svg("text", {class: "time", x, y: strip.top - 10}, Math.round((image.size * i) / 8)));
	}
	return parts;
}

// flight shades what is between the first position and the last.
function flight(image) {
	const from = image.marks.find((m) => m.name === "read");
	const to = image.marks.find((m) => m.name === "write");
	if (!from || !to || to.at <= from.at || to.at - from.at > image.size) return [];
	return stretches(from.at, to.at - from.at, image.size).map(([x, width]) =>
		svg("rect", {class: "flight", x, y: strip.top + strip.height, width, height: 3}));
}

// stretches cuts a range of positions where a lap ends.
function stretches(at, size, lap) {
	const scale = strip.width / lap;
	const offset = at % lap;
	const first = Math.min(size, lap - offset);
	const parts = [[strip.left + offset * scale, first * scale]];
	if (size > first) parts.push([strip.left, Math.min(size - first, offset) * scale]);
	return parts;
}

function drawRecord(r, image) {
	const stale = !r.published && r.size > image.size - (r.at % image.size);
	const size = stale ? Math.min(16, image.size - (r.at % image.size)) : r.size;
	const ready = r.flags.includes("READY");
	const [[x, width]] = stretches(r.at, size, image.size);
	const name = ["record", r.published ? "published" : "begun", ready ? "ready" : "", r.flags.includes("WRAP") ? "wrap" : "", stale ? "stale" : ""].join(" ");
	const text = stale ? "" : r.flags.includes("WRAP") ? "↩ WRAP" : r.text;
	const flags = ready ? "READY" : "not ready";
	const fits = (words) => words && words.length * letterWidth + 4 < width;
	return titled((stale ? "bytes of an earlier lap: " : "") + recordWords(r),
		svg("rect", {class: name, x: x + 0.5, y: strip.top + 1, width: Math.max(width - 1, 1), height: strip.height - 2}),
		fits(text) && svg("text", {class: "body", x: x + width / 2, y: strip.top + 15}, text),
		!stale && fits(flags) && svg("text", {class: "flags", x: x + width / 2, y: strip.top + 28}, flags));
}

function drawMarks(image, before, at) {
	const rows = labelRows(3);
	const places = new Map();
	for (const mark of image.marks) {
		const x = at(mark.at);
		if (!places.has(x)) places.set(x, []);
		places.get(x).push(mark);
	}
	const y = strip.top + strip.height + 4;
	let deepest = 0;
	const marks = [...places].sort(([a], [b]) => a - b).map(([x, here]) => {
		const words = here.map((m) => markWords(m, before)).join(" · ");
		const changed = here.some((m) => moved(m, before));
		const left = Math.min(x - 4, strip.left + strip.width + 170 - words.length * letterWidth);
		const row = Math.max(0, rows.place(left, words.length * letterWidth));
		deepest = Math.max(deepest, row);
		const lap = Math.floor(here[0].at / image.size) + 1;
		return titled(`${words}: lap ${lap}, offset ${here[0].at % image.size}`,
			svg("path", {class: "pointer" + (changed ? " changed" : ""), d: `M${x} ${y}l4.5 8h-9Z`}),
			row > 0 && svg("line", {class: "tick", x1: x, x2: x, y1: y + 8, y2: y + 10 + row * strip.row}),
			svg("text", {class: "mark-name" + (changed ? " changed" : ""), x: left, y: y + 20 + row * strip.row}, words));
	});
	return {marks, rows: deepest};
}

function moved(mark, before) {
	const was = before && before.marks.find((m) => m.name === mark.name);
	return Boolean(was) && was.at !== mark.at;
}

function markWords(mark, before) {
	const was = moved(mark, before) && before.marks.find((m) => m.name === mark.name).at;
	return was === false ? `${mark.name} ${mark.at}` : `${mark.name} ${was}→${mark.at}`;
}
