package control_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"killpoint/harness/control"
)

// TestMessagesSurviveThePipe writes each message as a line and reads it back:
// nothing is lost, and nothing but what was set stands in it.
func TestMessagesSurviveThePipe(t *testing.T) {
	at := control.Arm{Site: "after-write", Hit: 2, Action: control.Park}
	for _, row := range []struct {
		name    string
		message any
		line    string
	}{
		{"start", control.Command{Start: &control.Start{Magic: control.Magic, Version: 1, Name: "victim", Role: "writer", Arms: []control.Arm{at}}},
			`{"start":{"magic":"killpoint","version":1,"name":"victim","role":"writer","arms":[{"site":"after-write","hit":2,"action":"park"}]}}`},
		{"call", control.Command{Call: &control.Call{ID: 3, Op: "push", Args: json.RawMessage(`{"Msg":"x"}`)}},
			`{"call":{"id":3,"op":"push","args":{"Msg":"x"}}}`},
		{"call without arguments", control.Command{Call: &control.Call{ID: 3, Op: "close"}}, `{"call":{"id":3,"op":"close"}}`},
		{"arm", control.Command{Arm: &at}, `{"arm":{"site":"after-write","hit":2,"action":"park"}}`},
		{"release", control.Command{Release: true}, `{"release":true}`},
		{"hello", control.Event{Time: 1, Hello: &control.Hello{Magic: control.Magic, Version: 1, Program: "child", PID: 7, Instrumented: true, Sites: []string{"after-write"}}},
			`{"t":1,"hello":{"magic":"killpoint","version":1,"program":"child","pid":7,"instrumented":true,"sites":["after-write"]}}`},
		{"hit", control.Event{Time: 2, Hit: &control.Hit{Arm: at, Tid: 7, Holding: json.RawMessage(`"new"`)}},
			`{"t":2,"hit":{"site":"after-write","hit":2,"action":"park","tid":7,"holding":"new"}}`},
		{"begin", control.Event{Time: 3, Begin: &control.Begin{ID: 3, Op: "push"}}, `{"t":3,"begin":{"id":3,"op":"push"}}`},
		{"reply", control.Event{Time: 4, Reply: &control.Reply{ID: 3, Op: "pop", Result: json.RawMessage(`[1,2]`), CPU: 5}},
			`{"t":4,"reply":{"id":3,"op":"pop","result":[1,2],"cpu":5}}`},
		{"reply with an error", control.Event{Time: 4, Reply: &control.Reply{ID: 3, Op: "pop", Error: "ring is empty", Is: []string{"empty"}}},
			`{"t":4,"reply":{"id":3,"op":"pop","error":"ring is empty","is":["empty"],"cpu":0}}`},
		{"fatal", control.Event{Time: 5, Fatal: "no such role"}, `{"t":5,"fatal":"no such role"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			line, err := json.Marshal(row.message)
			if err != nil || string(line) != row.line {
				t.Errorf("written %s, %v, want %s", line, err, row.line)
			}
			back := reflect.New(reflect.TypeOf(row.message))
			if err := json.Unmarshal(line, back.Interface()); err != nil {
				t.Fatal(err)
			}
			if got := back.Elem().Interface(); !reflect.DeepEqual(got, row.message) {
				t.Errorf("read back %+v, want %+v", got, row.message)
			}
		})
	}
}

func TestArmIsChecked(t *testing.T) {
	for _, row := range []struct {
		name string
		arm  control.Arm
		want []string // in the error; nil if there is none
	}{
		{"park", control.Arm{Site: "s", Hit: 1, Action: control.Park}, nil},
		{"selfkill", control.Arm{Site: "s", Hit: 1, Action: control.SelfKill}, nil},
		{"panic", control.Arm{Site: "s", Hit: 1, Action: control.Panic}, nil},
		{"stop at a late hit", control.Arm{Site: "s", Hit: 1 << 30, Action: control.Stop}, nil},
		{"hit 0", control.Arm{Site: "s", Hit: 0, Action: control.Park}, []string{"arm s", "hit is 0", "first one is 1"}},
		{"hit below 0", control.Arm{Site: "s", Hit: -1, Action: control.Park}, []string{"arm s", "hit is -1"}},
		{"no action", control.Arm{Site: "s", Hit: 1}, []string{"arm s", `action ""`, "park, selfkill, panic, stop"}},
		{"unknown action", control.Arm{Site: "s", Hit: 1, Action: "Park"}, []string{`action "Park"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := row.arm.Check()
			if (err == nil) != (row.want == nil) {
				t.Fatalf("error %v, want %q", err, row.want)
			}
			for _, w := range row.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

// TestClockGoesOn: it is one clock for all processes, so it never goes back.
func TestClockGoesOn(t *testing.T) {
	last := control.Now()
	for range 1000 {
		now := control.Now()
		if last <= 0 || now < last {
			t.Fatalf("%d after %d", now, last)
		}
		last = now
	}
}
