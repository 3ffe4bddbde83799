// Command saver is a victim that is no ring: it replaces a file by writing a
// new one and renaming it, with a crash site before and after each step.
package main

import (
	"os"

	"github.com/pingcap/failpoint"

	"killpoint/harness/agent"
	"killpoint/harness/agent/failpoints"
)

func main() {
	agent.Main(agent.Program{
		Name: "saver",
		Markers: failpoints.Markers{
			Prefix: "main/",
			Names:  []string{"before-write", "after-write", "after-rename"},
			Live:   failpoints.Probe("main/", func(name string) { failpoint.InjectCall(name) }),
		},
		Roles:  map[string]agent.NewRole{"saver": newSaver},
		Errors: map[string]error{"not-exist": os.ErrNotExist},
	})
}

type saver struct{ session *agent.Session }

func newSaver(s *agent.Session) agent.Role { return &saver{s} }

type saveArgs struct{ Path, Text string }

func (v *saver) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"save": agent.Func(v.save),
		"load": agent.Func(func(a saveArgs) (any, error) {
			text, err := os.ReadFile(a.Path)
			return string(text), err
		}),
	}
}

func (v *saver) Close() error { return nil }

func (v *saver) save(a saveArgs) (any, error) {
	v.session.Holding(func() any { return a.Text })
	failpoint.InjectCall("before-write")
	if err := os.WriteFile(a.Path+".new", []byte(a.Text), 0o600); err != nil {
		return nil, err
	}
	failpoint.InjectCall("after-write")
	if err := os.Rename(a.Path+".new", a.Path); err != nil {
		return nil, err
	}
	failpoint.InjectCall("after-rename")
	return nil, nil
}
