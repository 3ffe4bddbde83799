package page_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"killpoint/harness/report"
	"killpoint/page"
)

// written is the page of what the folder holds.
func written(t *testing.T, r *page.Report) string {
	t.Helper()
	var text bytes.Buffer
	if err := r.WriteHTML(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// loaded loads the parts in testdata, and these matrices.
func loaded(t *testing.T, matrices ...report.Matrix) *page.Report {
	t.Helper()
	folders := []string{"testdata"}
	for _, m := range matrices {
		folder := t.TempDir()
		save(t, folder, map[string]report.Matrix{"crash-matrix.json": m})
		folders = append(folders, folder)
	}
	r, err := page.Load(folders...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// red is a run in which something is wrong.
func red(minute int) report.Matrix {
	m := run(minute, "w-a/kill/poll-on", "w-a/kill/late", "w-b/stop", "r-a/where/kill/poll-on", "w-a+r-a/kill", "layout/empty")
	m.Cells[3].Mode, m.Cells[3].Variant = "kill", "poll-on"
	want, seen := "lost", "<b>delivered</b>"
	m.Cells[1].Verdict, m.Cells[1].Detail, m.Cells[1].Outcome = report.Fail, `message: must be "lost", is "<b>delivered</b>"`, "delivered+stall"
	m.Cells[1].Evidence = &report.Evidence{Facts: []report.Fact{{Name: "message", Seen: &seen, Want: &want}},
		Children: []report.Child{{Name: "victim", Exit: "code 2", Output: "</script><script>alert(1)</script>"}}}
	m.Cells[5].Verdict, m.Cells[5].Detail = report.Unknown, "deadline passed"
	return m
}

func TestPageSaysWhatWasSeen(t *testing.T) {
	text := written(t, loaded(t, red(2), run(1, "w-a/kill/late", "layout/empty")))
	for name, want := range map[string]string{
		"verdict":                          `<span class="stamp fail">✕ fail</span>`,
		"a cell in the grid":               `<a class="c fail" href="#cell-w-a/kill/late" data-cell="w-a/kill/late" aria-label="w-a/kill/late: fail, delivered, stall"><b>✕</b><i>Dz</i></a>`,
		"what was not seen":                `<a class="c unknown" href="#cell-layout/empty" data-cell="layout/empty" aria-label="layout/empty: unknown"><b>?</b></a>`,
		"a site that passes an operation":  `<th scope="row">r-a/where</th>`,
		"what stands there":                `<td class="standing">a is stored</td>`,
		"markup in what was seen":          `<td>&lt;b&gt;delivered&lt;/b&gt;</td>`,
		"how to do it again":               `<code>again w-a/kill/late</code>`,
		"what changed":                     `<th scope="row"><a href="#cell-w-a/kill/late">w-a/kill/late</a></th><td><span class="c fail"><b>✕</b></span> fail</td><td><span class="c pass"><b>✓</b></span> pass</td>`,
		"pairs":                            "two deaths, one after the other",
		"a violation that exploring found": "a reader gets message 2 twice",
		"a state without a name":           "no site names this state: file ring/reader.go, line 88, ordinal 3",
		"recovery":                         "<dt>fixpoint</dt><dd>true</dd>",
		"the recovery graph":               `<div id="states" data-nodes="13">`,
		"a planted bug missed":             "missed",
		"a target":                         `<td class="n">25.3</td>`,
		"a chart":                          `<svg xmlns="http://www.w3.org/2000/svg" class="killpoint-bench"`,
		"a note of the benchmark":          "made up, for tests of the page",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not there: %s", name, want)
		}
	}
	if strings.Contains(text, "alert(1)</script>") {
		t.Error("what a child wrote has become a script")
	}
}

func TestPageNeedsNothingElse(t *testing.T) {
	text := written(t, loaded(t, red(1)))
	if !strings.Contains(text, `content="default-src &#39;none&#39;;`) {
		t.Error("no policy forbids requests")
	}
	for _, found := range regexp.MustCompile(`(?i)\b(src|href|action|poster|data|srcset)="([^"#][^"]*)"`).FindAllStringSubmatch(text, -1) {
		if found[2] != "data:," {
			t.Errorf("it refers to %s", found[0])
		}
	}
	for _, found := range regexp.MustCompile(`(?i)(@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|https?://[^w])[^\n]{0,40}`).FindAllString(text, -1) {
		t.Errorf("it may ask for something: %s", found)
	}
	if len(text) > 200_000 {
		t.Errorf("%d bytes without any cells to speak of", len(text))
	}
}

// TestPageCarriesItsCells unpacks the data as the page's script does.
func TestPageCarriesItsCells(t *testing.T) {
	text := written(t, loaded(t, red(1)))
	packed := regexp.MustCompile(`<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>`).FindStringSubmatch(text)
	if packed == nil {
		t.Fatal("no data")
	}
	raw, err := base64.StdEncoding.DecodeString(packed[1])
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Repeat string
		Usual  map[string]string
		Cells  []report.Row
	}
	if err := json.Unmarshal(plain, &data); err != nil {
		t.Fatal(err)
	}
	if data.Repeat != "again {id}" || len(data.Cells) != 6 || data.Usual["began"] == "" || data.Cells[1].Evidence.Children[0].Exit != "code 2" {
		t.Errorf("it carries %+v", data)
	}
}

func TestPartsThatWereNotRunSaySo(t *testing.T) {
	folder := t.TempDir()
	save(t, folder, map[string]report.Matrix{"crash-matrix.json": run(1, "w-a/kill/late")})
	r, err := page.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if text := written(t, r); strings.Count(text, "Not run, or its result is not here") != 4 || !strings.Contains(text, `<span class="stamp pass">`) {
		t.Error("a part that is not there is passed over in silence")
	}
	if r, err = page.Load("testdata"); err != nil {
		t.Fatal(err)
	}
	if text := written(t, r); !strings.Contains(text, "No run of the matrix") || strings.Contains(text, `class="stamp`) {
		t.Error("without a run, the page does not say so")
	}
}

// TestRunWithAHoleDidNotPass: cells that are not there did not pass.
func TestRunWithAHoleDidNotPass(t *testing.T) {
	folder := t.TempDir()
	save(t, folder, map[string]report.Matrix{"crash-matrix-1-of-2.json": shardOf(run(1, "w-a/kill/late"), "1/2")})
	r, err := page.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if text := written(t, r); !strings.Contains(text, `<span class="stamp unknown">? unknown</span>`) || !strings.Contains(text, "Shard 2/2 is missing") {
		t.Error("it is not said")
	}
	var summary bytes.Buffer
	if err := r.WriteMarkdown(&summary); err != nil {
		t.Fatal(err)
	}
	if text := summary.String(); !strings.HasPrefix(text, "# ? Crash matrix: unknown") || !strings.Contains(text, "shard 2/2 is missing") {
		t.Errorf("the summary is\n%s", text)
	}
}

const wantSummary = "# ✕ Crash matrix: fail\n\n" +
	"6 cells: 4 pass, 1 fail, 1 unknown, 1.00 s, seed 2, go1, Linux\n\n" +
	"## Not passed\n\n" +
	"✕ **fail**, 1 cell:\n\n```\nmessage: must be \"lost\", is \"<b>delivered</b>\"\n```\n\n- `w-a/kill/late`, again: `again w-a/kill/late`\n\n" +
	"? **unknown**, 1 cell:\n\n```\ndeadline passed\n```\n\n- `layout/empty`, again: `again layout/empty`\n\n" +
	"## Changed since earlier runs\n\n| cell | now | before |\n| --- | --- | --- |\n| `w-a/kill/late` | fail | pass |\n| `layout/empty` | unknown | pass |\n\n" +
	"## Other parts\n\n| part | |\n| --- | --- |\n" +
	"| every state | ✕ 15 operations, 126 states, 315 kills, 2 violations or unnamed states |\n" +
	"| planted bugs | ✕ 1 of 2 caught |\n" +
	"| speed | 1 targets met, 1 missed, 1 not measured |\n"

func TestSummaryForCI(t *testing.T) {
	var got bytes.Buffer
	if err := loaded(t, red(2), run(1, "w-a/kill/late", "layout/empty")).WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != wantSummary {
		t.Errorf("got\n%s\nwant\n%s", got.String(), wantSummary)
	}
}

// TestASoakIsShown: what it has done, its course, and what it has found.
func TestASoakIsShown(t *testing.T) {
	folder := t.TempDir()
	soak := report.Soak{
		Seed: 7, Rounds: 3, Kills: 40, Killed: map[string]int{"writer": 22, "reader": 18}, Messages: 123456, Lost: 5, Repeated: 6, Time: time.Minute,
		Findings: []report.SoakFinding{{Round: 2, Kill: 9, Verdict: report.Fail, What: "a message is <missing>", Folder: "out/failed/soak-7-2", Repeat: "killpoint soak --seed 7 --round 2"}},
	}
	soak.AddPoint(report.SoakPoint{Seconds: 1, Kills: 10})
	soak.AddPoint(report.SoakPoint{Seconds: 60, Kills: 40})
	var text bytes.Buffer
	if err := soak.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "soak.json"), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := page.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	html := written(t, r)
	for _, want := range []string{"writer 22, reader 18", "123456, 2058 a second", "a message is &lt;missing&gt;", "out/failed/soak-7-2", "--round 2", "Kills over time: 40 after 60 s", `<div class="fault fail">`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
}

// TestEveryOutcomeHasItsLetter: a word that the grid does not know would be left out.
func TestEveryOutcomeHasItsLetter(t *testing.T) {
	for _, word := range []string{"lost", "delivered", "partly", "duplicate", "consumed", "safe", "stall", "poll-recovery", "signal", "layout-error", "usable"} {
		m := run(1, "w-a/kill/late")
		m.Cells[0].Outcome = word
		if !strings.Contains(written(t, loaded(t, m)), `<b>✓</b><i>`) {
			t.Errorf("%s has no letter", word)
		}
	}
}
