package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

type action = chromedp.Action[chromedp.Void]

// call is a command of the protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// tab is one page in the browser. Whatever a test does with it, the page must
// neither complain nor ask for anything beside itself.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open opens a page, at a place in it, after the given actions.
func open(t *testing.T, page, fragment string, before ...action) *tab {
	t.Helper()
	ctx, done := chromedp.NewContext(browser)
	t.Cleanup(done)
	ctx, end := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(end)
	b := &tab{t, ctx}
	watch := &watched{page: (&url.URL{Scheme: "file", Path: page}).String()}
	t.Cleanup(func() {
		for _, wrong := range watch.complaints() {
			t.Error(wrong)
		}
	})
	address := watch.page + fragment
	b.do(chromedp.Steps()) // makes the tab
	if err := chromedp.Listen(ctx, watch.event); err != nil {
		t.Fatal(err)
	}
	b.do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}))
	b.do(before...)
	b.do(chromedp.Navigate(address))
	b.until(`!document.getElementById("filters").hidden || document.querySelector("noscript p")?.getClientRects().length > 0`)
	return b
}

func (b *tab) do(actions ...action) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// js returns what an expression is in the page.
func js[T any](b *tab, expression string, args ...any) T {
	b.t.Helper()
	if len(args) > 0 {
		expression = fmt.Sprintf(expression, args...)
	}
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to be true in the page.
func (b *tab) until(expression string, args ...any) {
	b.t.Helper()
	if len(args) > 0 {
		expression = fmt.Sprintf(expression, args...)
	}
	look := chromedp.Evaluate[bool]("new Promise((done) => { const look = () => ("+expression+") ? done(true) : setTimeout(look, 10); look() })", chromedp.EvalAwaitPromise)
	limited, end := context.WithTimeout(b.ctx, 30*time.Second)
	defer end()
	if _, err := chromedp.Run(limited, look); err != nil {
		b.t.Fatalf("never true: %s: %v", expression, err)
	}
}

// scheme is the one that a person has chosen for all pages.
func scheme(name string) action {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
}

// watched is what a page did beside what it was asked for.
type watched struct {
	sync.Mutex
	page  string
	wrong []string
}

func (w *watched) event(event any) {
	w.Lock()
	defer w.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.wrong = append(w.wrong, fmt.Sprintf("exception: %+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		w.wrong = append(w.wrong, fmt.Sprintf("the console has a %s: %+v", e.Type, e.Args))
	case *log.EventEntryAdded:
		w.wrong = append(w.wrong, fmt.Sprintf("the log has a %s: %s", e.Entry.Level, e.Entry.Text))
	case *network.EventRequestWillBeSent:
		if address := e.Request.URL; !strings.HasPrefix(address, w.page) && !strings.HasPrefix(address, "data:") {
			w.wrong = append(w.wrong, "it asks for "+address)
		}
	}
}

func (w *watched) complaints() []string {
	w.Lock()
	defer w.Unlock()
	return w.wrong
}
