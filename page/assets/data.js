// The page's data: the rows of the run, by id, in the order of the grid.
const data = JSON.parse(await inflate(document.getElementById("data").textContent));
const cells = new Map(data.cells.map((row) => [row.id, unpack(row)]));

// inflate undoes what keeps hundreds of cells small: DEFLATE, in base64.
async function inflate(text) {
	const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
	return new Response(stream).text();
}

// unpack names the parts of the lists that keep the data small.
function unpack(row) {
	const evidence = row.evidence || {};
	return {
		...row,
		labels: row.labels || [],
		events: (evidence.timeline || []).map(([time, who, kind, of, what]) => ({time, who, kind, of, what: what ?? data.usual[kind].replace("%", of)})),
		images: (evidence.images || []).map((image) => ({
			...image,
			marks: (image.marks || []).map(([name, at]) => ({name, at})),
			words: (image.words || []).map(([name, value]) => ({name, value})),
			records: (image.records || []).map(([at, size, flags, text, published]) => ({at, size, flags, text, published})),
		})),
		facts: (evidence.facts || []).map(([name, seen, ...want]) => ({
			name, seen, want: want.length ? want[0] : seen, right: !want.length,
		})),
	};
}

const signs = {pass: "✓", fail: "✕", unknown: "?"};

function milliseconds(us) {
	const ms = us / 1000;
	return ms < 10 ? ms.toFixed(3) : ms < 100 ? ms.toFixed(2) : ms.toFixed(1);
}
