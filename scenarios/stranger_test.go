package scenarios_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"killpoint/harness"
	"killpoint/scenarios"
)

// Somebody else than the scenario has killed, stopped or woken a child: whatever
// comes of the cell, it is neither a fault of the ring nor a pass.
var _ = Describe("A child that somebody else disturbs", Label("stranger"), func() {
	// strike runs a cell and, while its victim stands at its site, does something
	// to the child of that name.
	strike := func(ctx SpecContext, id, name string, act func(*harness.Child)) scenarios.Result {
		c, err := scenarios.Find(id)
		Expect(err).NotTo(HaveOccurred())
		folder, err := os.MkdirTemp(workDir, "stranger-")
		Expect(err).NotTo(HaveOccurred())
		defer os.RemoveAll(folder)
		struck := false
		r := scenarios.RunPaused(ctx, c, programs, folder, func(scenarios.Paused) error {
			for _, child := range harness.Live() {
				if child.Name() == name && !struck {
					struck = true
					act(child)
				}
			}
			return nil
		})
		Expect(struck).To(BeTrue(), "there was no %s to be disturbed", name)
		return r
	}
	kill := func(c *harness.Child) {
		Expect(unix.Kill(c.PID(), unix.SIGKILL)).To(Succeed())
		<-c.Exited()
	}
	for _, row := range []struct{ cell, child string }{
		{"writer-after-write-advance/kill/poll-off", "victim"},
		{"writer-after-write-advance/selfkill/poll-off", "victim"},
		{"writer-after-write-advance/panic/poll-off", "victim"},
		{"writer-after-write-advance/stop/poll-off", "victim"},
		{"writer-after-write-advance/kill/poll-off", "peer"},
		{"writer-after-data-signal/kill/poll-off", "peer"},
		{"reader-after-read-advance/kill/poll-on", "peer"},
		{"reader-in-data-wait/kill/poll-off", "victim"},
	} {
		It("is unknown: SIGKILL to the "+row.child+" of "+row.cell, func(ctx SpecContext) {
			r := strike(ctx, row.cell, row.child, kill)
			Expect(r.Verdict).To(Equal(scenarios.Unknown), strings.Join(r.Detail, "\n"))
			Expect(strings.Join(r.Detail, "\n")).To(ContainSubstring(harness.ErrDisturbed.Error()))
		})
	}
	It("is unknown: a peer that is stopped and continued", func(ctx SpecContext) {
		r := strike(ctx, "writer-before-data-wake/kill/poll-off", "peer", func(c *harness.Child) {
			pid := c.PID()
			state := func() string {
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
				Expect(err).NotTo(HaveOccurred())
				return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))[0]
			}
			Expect(unix.Kill(pid, unix.SIGSTOP)).To(Succeed())
			Eventually(state).Should(Equal("T"))
			Expect(unix.Kill(pid, unix.SIGCONT)).To(Succeed())
			Eventually(state).ShouldNot(Equal("T"))
			Eventually(c.Disturbed).ShouldNot(Succeed())
		})
		Expect(r.Verdict).To(Equal(scenarios.Unknown), strings.Join(r.Detail, "\n"))
	})
	It("is unknown: a peer that a signal has woken", func(ctx SpecContext) {
		r := strike(ctx, "writer-before-data-wake/kill/poll-off", "peer", func(c *harness.Child) {
			Expect(unix.Kill(c.PID(), unix.SIGWINCH)).To(Succeed())
		})
		Expect(r.Verdict).NotTo(Equal(scenarios.Fail), strings.Join(r.Detail, "\n"))
	})
	It("never fails: signals that never end", func(ctx SpecContext) {
		over, struck := make(chan struct{}), make(chan struct{})
		signals := 0
		go func() {
			defer close(struck)
			for {
				for _, c := range harness.Live() {
					if c.Name() == "victim" {
						continue
					}
					for _, sig := range []unix.Signal{unix.SIGWINCH, unix.SIGSTOP, unix.SIGCONT} {
						if unix.Kill(c.PID(), sig) == nil {
							signals++
						}
					}
				}
				select {
				case <-over:
					return
				case <-time.After(100 * time.Microsecond):
				}
			}
		}()
		stop := sync.OnceFunc(func() {
			close(over)
			<-struck
		})
		defer stop()
		verdicts := map[scenarios.Verdict]int{}
		for _, c := range scenarios.All() {
			site := string(c.Site)
			if c.Mode != scenarios.Kill || !strings.Contains(site, "before") || !strings.HasSuffix(site, "wake") {
				continue
			}
			r := run(ctx, c)
			verdicts[r.Verdict]++
			Expect(r.Verdict).NotTo(Equal(scenarios.Fail), "%s: %s", c.ID, strings.Join(r.Detail, "\n"))
		}
		stop()
		Expect(verdicts[scenarios.Unknown]).NotTo(BeZero(), "nobody was disturbed by %d signals: %v", signals, verdicts)
	})
})
