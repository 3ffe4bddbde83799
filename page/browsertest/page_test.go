package browsertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	stalled = "writer-after-write-advance/kill/poll-off"
	polling = "writer-after-write-advance/kill/poll-on"
	broken  = "writer-after-write-payload/kill/poll-on" // by the planted bug
)

// visible are the ids of the cells that the filters leave.
const visible = `[...document.querySelectorAll("#matrix a.c[data-cell]")].filter((a) => !a.closest("[hidden]") && !a.parentElement.classList.contains("out")).map((a) => a.dataset.cell)`

// choose sets a field of the filters, as a person does.
func (b *tab) choose(name, value string) {
	b.t.Helper()
	js[bool](b, `(() => { const f = document.getElementById("filters").elements[%q]; f.value = %q; f.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, name, value)
}

func TestFiltersLeaveWhatMatches(t *testing.T) {
	b := open(t, greenPage, "")
	all := js[[]string](b, visible)
	if len(all) < 400 {
		t.Fatalf("%d cells in the grid, want all of them", len(all))
	}
	for _, row := range []struct {
		name, field, value string
		want               func(id string) bool
	}{
		{"mode", "mode", "panic", func(id string) bool { return strings.Contains(id, "/panic") && !strings.HasPrefix(id, "use/") }},
		{"other side", "variant", "late", func(id string) bool { return strings.HasSuffix(id, "/late") }},
		{"text", "text", "WRAP-header stop", func(id string) bool { return strings.Contains(id, "wrap-header/stop/") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.choose(row.field, row.value)
			var want []string
			for _, id := range all {
				if row.want(id) {
					want = append(want, id)
				}
			}
			got := js[[]string](b, visible)
			if strings.Join(got, "\n") != strings.Join(want, "\n") || len(want) == 0 {
				t.Errorf("%d cells, want %d:\n%v\nwant\n%v", len(got), len(want), got, want)
			}
			if shown := js[string](b, `document.querySelector("#filters output").value`); !strings.HasPrefix(shown, js[string](b, `String(%d)`, len(want))+" of ") {
				t.Errorf("it says %q of %d", shown, len(want))
			}
			b.do(chromedp.Click(`#filters button[type=reset]`))
			b.until(`%s.length === %d`, visible, len(all))
		})
	}
	b.choose("label", "stall")
	b.choose("role", "reader")
	b.choose("text", "selfkill")
	if got := js[[]string](b, visible); len(got) == 0 || !strings.HasPrefix(got[0], "reader-") || !strings.Contains(got[0], "/selfkill/") {
		t.Errorf("three filters together leave %v", got)
	}
	b.choose("text", "no such cell anywhere")
	if got := js[[]string](b, visible); len(got) != 0 {
		t.Errorf("nothing matches, and it shows %v", got)
	}
}

// inView reports whether all of an element is to be seen.
const inView = `(() => { const r = document.querySelector(%q).getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight && r.height > 0 })()`

func TestLinkLeadsToTheCell(t *testing.T) {
	b := open(t, greenPage, "#cell-"+stalled)
	b.until(`document.querySelector("#detail h3")?.textContent.includes(%q)`, stalled)
	b.until(inView, "#detail h3")
	if id := js[string](b, `document.querySelector("a.c[aria-current]").dataset.cell`); id != stalled {
		t.Errorf("the grid shows %s as the open one", id)
	}
	if command := js[string](b, `document.querySelector("#detail .again code").textContent`); !strings.HasSuffix(command, stalled) {
		t.Errorf("the command is %q", command)
	}
	if facts := js[string](b, `document.querySelector("#detail .facts").innerText`); !strings.Contains(facts, "stalls") {
		t.Errorf("the facts do not say that the peer stalls:\n%s", facts)
	}
}

func TestTimelineAndRingAreDrawn(t *testing.T) {
	b := open(t, greenPage, "#cell-"+stalled)
	b.do(chromedp.WaitVisible(`#detail svg.timeline`))
	for name, selector := range map[string]string{
		"lane of the writer": `.timeline[role=img] .life.writer`, "lane of the reader": `.timeline[role=img] .life.reader`, "parked": `.timeline[role=img] .mark.diamond`,
		"death": `.timeline[role=img] .mark.cross:not(.well)`, "signal": `.timeline[role=img] .arrow`, "sleep": `.timeline[role=img] .sleep`, "operation": `.timeline[role=img] .op.writer`,
		"ring": `.ring[role=img] .bed`, "record": `.ring[role=img] .record.published.ready`, "index": `.ring[role=img] .pointer`,
	} {
		if size := js[float64](b, `(() => { const r = document.querySelector(%q)?.getBoundingClientRect(); return r ? r.width + r.height : 0 })()`, "#detail "+selector); size < 2 {
			t.Errorf("no %s to be seen (%s)", name, selector)
		}
	}
	if words := js[string](b, `[...document.querySelectorAll("#detail .timeline[role=img] text")].map((x) => x.textContent).join(" ")`); !strings.Contains(words, "parked") || !strings.Contains(words, "SIGKILL") || !strings.Contains(words, "asleep, no timeout") {
		t.Errorf("the timeline says %s", words)
	}
	if words := js[string](b, `[...document.querySelectorAll("#detail .ring text")].map((x) => x.textContent).join(" ")`); !strings.Contains(words, "write 128→176") || !strings.Contains(words, "READY") || !strings.Contains(words, "lap 1") {
		t.Errorf("the ring says %s", words)
	}
	events := js[int](b, `document.querySelectorAll("#detail .events tbody tr").length`)
	if events < 15 {
		t.Errorf("%d events in words", events)
	}
	js[bool](b, `location.hash = "cell-" + %q, true`, polling)
	b.until(`document.querySelector("#detail h3").textContent.includes(%q)`, polling)
	if wakes := js[int](b, `document.querySelectorAll("#detail .timeline[role=img] .mark.wake, #detail .timeline[role=img] .sleep").length`); wakes < 1 {
		t.Error("no sleep of a peer that polls")
	}
}

// eachCell opens every cell and lists what is drawn wrong: with a number that is
// none, or beyond the edge of the drawing.
const eachCell = `(async () => {
	const wrong = [];
	for (const id of ` + visible + `) {
		if (decodeURIComponent(location.hash) !== "#cell-" + id) {
			const opened = new Promise((done) => addEventListener("hashchange", done, {once: true}));
			location.hash = "cell-" + id;
			await opened;
		}
		if (!document.querySelector("#detail h3")?.textContent.endsWith(" " + id)) wrong.push(id + " is not opened");
		for (const drawing of document.querySelectorAll("#detail svg[role=img]")) {
			if (/NaN|undefined|Infinity/.test(drawing.outerHTML)) wrong.push(id + " has a number that is none");
			const frame = drawing.getBoundingClientRect();
			for (const part of drawing.querySelectorAll("text, .mark, .record")) {
				const r = part.getBoundingClientRect();
				if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1) wrong.push(id + " is drawn over the edge: " + (part.textContent || part.getAttribute("class")));
			}
		}
	}
	return wrong;
})()`

func TestEveryCellCanBeDrawn(t *testing.T) {
	b := open(t, redPage, "")
	if wrong := js[[]string](b, eachCell); len(wrong) > 0 {
		t.Errorf("%d faults, such as\n%s", len(wrong), strings.Join(wrong[:min(20, len(wrong))], "\n"))
	}
}

func TestWayBackWorks(t *testing.T) {
	b := open(t, greenPage, "")
	opened := func(id string) {
		t.Helper()
		b.until(`(document.querySelector("#detail h3")?.textContent.trim().split(" ").pop() ?? "") === %q`, id)
	}
	for _, id := range []string{stalled, polling} {
		b.do(chromedp.Click(`#grid a.c[data-cell="` + id + `"]`))
		opened(id)
	}
	b.do(chromedp.Click(`#detail [data-close]`))
	opened("")
	for _, id := range []string{polling, stalled, ""} {
		b.do(chromedp.NavigateBack())
		opened(id)
	}
	b.do(chromedp.NavigateForward())
	opened(stalled)
	b.do(chromedp.Click(`#detail [data-step="1"]`))
	opened("writer-after-write-advance/kill/late")
}

func TestKeyboardIsEnough(t *testing.T) {
	b := open(t, greenPage, "")
	focus := func() string {
		return js[string](b, `document.activeElement.dataset.cell ?? document.activeElement.id ?? ""`)
	}
	b.do(chromedp.KeyEvent(kb.Tab))
	if where := js[string](b, `document.activeElement.className`); where != "skip" {
		t.Fatalf("the first tab leads to %q, want the way past the header", where)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.id === "main"`)
	tabs := 0
	for ; tabs < 20 && js[bool](b, `!document.activeElement.closest("#grid")`); tabs++ {
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	if tabs == 20 {
		t.Fatalf("20 tabs do not lead into the grid, but to %s", focus())
	}
	if outline := js[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
		t.Error("the focus cannot be seen")
	}
	first := focus()
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight))
	second := focus()
	const inLine = `document.querySelectorAll("#grid tr.site")[%d].querySelectorAll("a.c")[%d].dataset.cell`
	if begin, end := js[string](b, inLine, 0, 0), js[string](b, inLine, 2, 1); first != begin || second != end {
		t.Errorf("arrows lead from %s to %s, want from %s to %s", first, second, begin, end)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.id === "detail-title" && document.activeElement.textContent.includes(%q)`, second)
	b.do(chromedp.KeyEvent(kb.Tab))
	if name := js[string](b, `document.activeElement.textContent`); name != "Previous" {
		t.Errorf("a tab further is %q", name)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	b.until(`!document.getElementById("detail")`)
	if where := focus(); where != second {
		t.Errorf("after closing, the focus is at %q, want the cell", where)
	}
}

func TestRedRunSaysWhy(t *testing.T) {
	b := open(t, redPage, "")
	text := js[string](b, `document.getElementById("bad").innerText`)
	for _, want := range []string{`slot: must be "length, body", is "READY, length, body"`, "repro --plant ready-before-payload writer-after-write-header/kill/poll-on"} {
		if !strings.Contains(text, want) {
			t.Errorf("what did not pass does not say %q:\n%.2000s", want, text)
		}
	}
	if drawn := js[int](b, `document.querySelectorAll("#bad svg.timeline[role=img]").length`); drawn != 1 {
		t.Errorf("%d timelines at once, want the first one", drawn)
	}
	b.do(chromedp.Click(`#bad details.case:nth-of-type(2) > summary`))
	b.until(`document.querySelectorAll("#bad svg.timeline[role=img]").length === 2`)
	if changed := js[string](b, `document.querySelector("#runs table").innerText.replace(/\s+/g, " ")`); !strings.Contains(changed, broken) || !strings.Contains(changed, "✕ fail") || !strings.Contains(changed, "✓ pass") {
		t.Errorf("the runs do not begin with what changed:\n%.800s", changed)
	}
	b.do(chromedp.Click(`#runs a[href="#cell-` + broken + `"]`))
	b.until(`document.querySelector("#detail .wrong")?.innerText.includes("READY, length, body")`)
	for _, part := range []string{"#explore svg.graph .state.left", "#explore svg.graph .way.chosen", "#states tbody code", "#bench svg .grid", "#mutants tbody tr", "#runs svg.trend .bar"} {
		if js[int](b, `document.querySelectorAll(%q).length`, part) == 0 {
			t.Errorf("there is no %s", part)
		}
	}
}

func TestStatesCanBeChosen(t *testing.T) {
	b := open(t, redPage, "")
	first := js[string](b, `document.querySelector("#states caption").textContent`)
	b.do(chromedp.Click(`#states [data-node="2"] rect`))
	b.until(`document.getElementById("state").value === "2"`)
	name := js[string](b, `document.getElementById("state").selectedOptions[0].textContent.split(": ")[1]`)
	if now := js[string](b, `document.querySelector("#states caption").textContent`); now == first || !strings.HasPrefix(now, "On from "+name+": ") {
		t.Errorf("the table says %q, want the ways on from %s", now, name)
	}
	js[bool](b, `(() => { const s = document.getElementById("state"); s.value = "0"; s.dispatchEvent(new Event("input")); return true })()`)
	if now := js[string](b, `document.querySelector("#states caption").textContent`); now != first {
		t.Errorf("the table says %q, want %q", now, first)
	}
	if chosen := js[[]string](b, `[...document.querySelectorAll("#states .chosen[data-node]")].map((n) => n.dataset.node)`); len(chosen) != 1 || chosen[0] != "0" {
		t.Errorf("drawn as chosen: %q", chosen)
	}
}

func TestGridAndReasonsNeedNoScript(t *testing.T) {
	b := open(t, redPage, "", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	grid, bad := js[string](b, `document.getElementById("grid").innerText`), js[string](b, `document.getElementById("bad").innerText`)
	if !strings.Contains(grid, "reader-after-data-wait") || strings.Count(grid, "✓") < 200 || strings.Count(grid, "✕") < 20 {
		t.Errorf("the grid reads\n%.500s", grid)
	}
	if !strings.Contains(bad, "READY, length, body") || !strings.Contains(bad, " repro ") {
		t.Errorf("what did not pass reads\n%.500s", bad)
	}
	b.do(chromedp.WaitNotVisible(`#filters`), chromedp.WaitVisible(`noscript p`))
}

func TestPrintHasGridAndReasons(t *testing.T) {
	b := open(t, redPage, "")
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatal(err)
	}
	if len(pdf) < 20_000 || !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("%d bytes of print", len(pdf))
	}
	if closed := js[int](b, `document.querySelectorAll("#bad details.case:not([open])").length`); closed > 0 {
		t.Errorf("%d reasons are not printed", closed)
	}
	if undrawn := js[int](b, `[...document.querySelectorAll("#bad .drawings")].filter((d) => !d.querySelector("svg.timeline[role=img]")).length`); undrawn > 0 {
		t.Errorf("%d timelines are not printed", undrawn)
	}
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	for _, part := range []string{"nav", "#filters", ".skip"} {
		if js[string](b, `getComputedStyle(document.querySelector(%q)).display`, part) != "none" {
			t.Errorf("%s is printed", part)
		}
	}
	if folder := screenshots(t); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "report.pdf"), pdf, 0o644); err != nil {
			t.Error(err)
		}
	}
}

func TestPageIsSmall(t *testing.T) {
	for _, path := range []string{greenPage, redPage} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes", path, info.Size())
		if info.Size() >= 3_000_000 {
			t.Errorf("%s has %d bytes, 3 MB or more", path, info.Size())
		}
	}
}
