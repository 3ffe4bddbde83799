// Elements. Text is always set as text: what a cell saw may hold any bytes.
function element(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {})) {
		if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
	return node;
}

// titled gives a part of a drawing its words, for the pointer and for readers.
function titled(words, ...children) {
	return svg("g", null, svg("title", null, words), ...children);
}

// Rows of labels, in which none covers another: place returns the first row in
// which there is room, or -1.
function labelRows(count) {
	const rows = Array.from({length: count}, () => []);
	return {
		place(left, width) {
			const row = rows.findIndex((taken) => taken.every(([from, to]) => left + width < from || left > to));
			if (row >= 0) rows[row].push([left - 4, left + width + 4]);
			return row;
		},
	};
}

const letterWidth = 6.3; // of the drawings' font, at its size
