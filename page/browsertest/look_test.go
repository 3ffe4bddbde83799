package browsertest

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// poorContrast lists texts whose contrast with what is behind them is below what
// WCAG asks of level AA.
const poorContrast = `(() => {
	const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); if (c.startsWith("color(srgb")) return [m[0] * 255, m[1] * 255, m[2] * 255, m[3] ?? 1]; return [m[0], m[1], m[2], m[3] ?? 1]; };
	const mix = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
	const ground = (e) => { const all = []; for (; e; e = e.parentElement) all.push(parse(getComputedStyle(e).backgroundColor)); return all.reverse().reduce((b, t) => mix(t, b), [255, 255, 255]); };
	const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const poor = new Map();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.textContent.trim() || e.closest("script, title, noscript, [hidden], [aria-hidden=true], option") || !e.getClientRects().length) continue;
		const style = getComputedStyle(e);
		const back = ground(e.ownerSVGElement ?? e);
		const front = mix(parse(e.ownerSVGElement ? style.fill : style.color), back);
		const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
		const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < (large ? 3 : 4.5)) poor.set(e.tagName + "." + (e.getAttribute("class") ?? ""), walker.currentNode.textContent.trim().slice(0, 30) + " " + ratio.toFixed(2));
	}
	return [...poor].map((p) => p.join(": "));
})()`

func TestContrastInLightAndDark(t *testing.T) {
	grounds := map[string]string{}
	for _, name := range []string{"light", "dark"} {
		t.Run(name, func(t *testing.T) {
			b := open(t, redPage, "#cell-"+broken, scheme(name))
			b.do(chromedp.WaitVisible(`#detail svg.timeline`))
			if poor := js[[]string](b, poorContrast); len(poor) > 0 {
				t.Errorf("hard to read:\n%s", strings.Join(poor, "\n"))
			}
			grounds[name] = js[string](b, `getComputedStyle(document.body).backgroundColor`)
		})
	}
	if grounds["light"] == grounds["dark"] {
		t.Errorf("dark mode has the ground of light mode, %s", grounds["dark"])
	}
}

func TestPageCanBeReadAloud(t *testing.T) {
	b := open(t, redPage, "#cell-"+broken)
	b.do(chromedp.WaitVisible(`#detail svg.timeline`))
	for what, selector := range map[string]string{
		"header of a table without a scope": `th:not([scope])`, "drawing without words": `svg[role=img]:not([aria-label]):not([aria-labelledby])`,
		"drawing that is neither described nor hidden": `svg:not([role=img]):not([aria-hidden])`, "page without a language": `html:not([lang])`,
		"link to nowhere": `a:not([href])`, "part without a name": `section[aria-labelledby=""]`,
	} {
		if found := js[[]string](b, `[...document.querySelectorAll(%q)].map((e) => e.outerHTML.slice(0, 100))`, selector); len(found) > 0 {
			t.Errorf("%s: %q", what, found)
		}
	}
	if twice := js[[]string](b, `(() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i) })()`); len(twice) > 0 {
		t.Errorf("ids that are there twice: %q", twice)
	}
	if gone := js[[]string](b, `[...document.querySelectorAll("[aria-labelledby], [aria-describedby]")].flatMap((e) => ((e.getAttribute("aria-labelledby") ?? "") + " " + (e.getAttribute("aria-describedby") ?? "")).trim().split(" ")).filter((id) => !document.getElementById(id))`); len(gone) > 0 {
		t.Errorf("names that lead nowhere: %q", gone)
	}
	if dead := js[[]string](b, `[...document.querySelectorAll('a[href^="#"]')].map((a) => decodeURIComponent(a.getAttribute("href").slice(1))).filter((id) => !document.getElementById(id) && !(id.startsWith("cell-") && document.querySelector('[data-cell="' + id.slice(5) + '"]')))`); len(dead) > 0 {
		t.Errorf("links that lead nowhere: %q", dead)
	}
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	controls := 0
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		switch role := strings.Trim(string(n.Role.Value), `"`); role {
		case "link", "button", "searchbox", "combobox", "img", "image", "table", "heading":
			controls++
			if role != "table" && (n.Name == nil || strings.Trim(string(n.Name.Value), `" `) == "") {
				t.Errorf("a %s has no name: %+v", role, n.Properties)
			}
		}
	}
	if controls < 400 {
		t.Errorf("only %d links, buttons and drawings are heard of", controls)
	}
}

func TestNarrowScreenScrollsOnlyTables(t *testing.T) {
	b := open(t, redPage, "#cell-"+broken, chromedp.EmulateViewport(420, 800))
	b.do(chromedp.WaitVisible(`#detail svg.timeline`))
	if width := js[int](b, `document.documentElement.scrollWidth`); width > 420 {
		wide := js[[]string](b, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 421 && !e.closest(".scroll")).map((e) => e.tagName + "." + e.getAttribute("class") + " " + e.getBoundingClientRect().right).slice(0, 8)`)
		t.Errorf("the page is %d wide on a screen of 420: %q", width, wide)
	}
}

// TestScreenshots takes those of the README, where SCREENSHOTS names a folder.
// They show a run like any other, so they differ a little each time.
func TestScreenshots(t *testing.T) {
	for _, shot := range []struct {
		name, page, fragment, scheme string
		height                       int64
	}{
		{"report-matrix", greenPage, "", "light", 900},
		{"report-cell", greenPage, "#cell-" + stalled, "light", 960},
		{"report-dark", greenPage, "#cell-writer-after-wrap-advance/stop/poll-on", "dark", 900},
		{"report-red", redPage, "", "light", 900},
	} {
		t.Run(shot.name, func(t *testing.T) {
			b := open(t, shot.page, shot.fragment, scheme(shot.scheme), chromedp.EmulateViewport(1360, shot.height))
			if shot.fragment != "" {
				b.do(chromedp.WaitVisible(`#detail svg.timeline`))
			}
			taken, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			small, colours, err := reduce(taken)
			if err != nil {
				t.Fatal(err)
			}
			if colours < 20 || len(small) > 300_000 {
				t.Errorf("%d colours, %d bytes: nothing to be seen, or too large", colours, len(small))
			}
			if folder := screenshots(t); folder != "" {
				if err := os.WriteFile(filepath.Join(folder, shot.name+".png"), small, 0o644); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// screenshots is where pictures are kept; empty if they are not.
func screenshots(t *testing.T) string {
	folder := os.Getenv("SCREENSHOTS")
	if folder != "" {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// reduce makes a screenshot one of few colours, its own most frequent ones, and
// tells how many it had.
func reduce(taken []byte) (small []byte, colours int, err error) {
	full, err := png.Decode(bytes.NewReader(taken))
	if err != nil {
		return nil, 0, err
	}
	own, colours := frequent(full, 240)
	reduced := image.NewPaletted(full.Bounds(), append(own, palette.Plan9[:256-len(own)]...))
	draw.Draw(reduced, full.Bounds(), full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	err = enc.Encode(&out, reduced)
	return out.Bytes(), colours, err
}
