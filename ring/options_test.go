package ring_test

import (
	"os"
	"testing"
	"time"

	"killpoint/ring"
)

type polled interface {
	PollInterval() time.Duration
	SetPollInterval(time.Duration)
}

func (f *fixture) ends() map[string]polled { return map[string]polled{"writer": f.w, "reader": f.r} }

func (f *fixture) expectPoll(want time.Duration) {
	f.Helper()
	for name, end := range f.ends() {
		if got := end.PollInterval(); got != want {
			f.Errorf("%s polls every %v, want %v", name, got, want)
		}
	}
}

func TestTheEnvironmentSetsThePollInterval(t *testing.T) {
	for name, row := range map[string]struct {
		value string
		want  time.Duration
	}{
		"whole milliseconds":      {"5", 5 * time.Millisecond},
		"a fraction":              {"0.5", 500 * time.Microsecond},
		"exponent":                {"1e3", time.Second},
		"below the minimum":       {"0.0009", ring.MinPoll},
		"below a nanosecond":      {"0.0000001", ring.MinPoll},
		"zero":                    {"0", ring.DefaultPoll},
		"negative":                {"-3", ring.DefaultPoll},
		"a word":                  {"abc", ring.DefaultPoll},
		"a unit":                  {"5ms", ring.DefaultPoll},
		"a blank":                 {" 5", ring.DefaultPoll},
		"empty":                   {"", ring.DefaultPoll},
		"not a number":            {"NaN", ring.DefaultPoll},
		"infinite":                {"Inf", ring.DefaultPoll},
		"negatively infinite":     {"-Inf", ring.DefaultPoll},
		"too large":               {"1e300", ring.DefaultPoll},
		"too large for a float":   {"1e400", ring.DefaultPoll},
		"as large as polling off": {"9223372036854.775807", ring.DefaultPoll},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(ring.PollEnv, row.value)
			newRing(t, 64).expectPoll(row.want)
		})
	}
}

func TestTheVariableHasItsName(t *testing.T) {
	t.Setenv("IPC_RING_POLL_MS", "7")
	newRing(t, 64).expectPoll(7 * time.Millisecond)
}

func TestNothingSetMeansTheDefault(t *testing.T) {
	t.Setenv(ring.PollEnv, "") // restores it afterwards
	if err := os.Unsetenv(ring.PollEnv); err != nil {
		t.Fatal(err)
	}
	newRing(t, 64).expectPoll(2 * time.Millisecond)
}

func TestTheEnvironmentIsReadForEachEnd(t *testing.T) {
	t.Setenv(ring.PollEnv, "5")
	f := newRing(t, 64)
	t.Setenv(ring.PollEnv, "6")
	f.expectPoll(5 * time.Millisecond)
	f.w.Close()
	successor, err := ring.Attach(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer successor.Close()
	if got := successor.PollInterval(); got != 6*time.Millisecond {
		t.Fatalf("successor polls every %v, want 6ms", got)
	}
}

// intervals are what the option and the setter make of a value.
var intervals = map[string]struct{ set, want time.Duration }{
	"as given":          {3 * time.Millisecond, 3 * time.Millisecond},
	"the minimum":       {time.Microsecond, time.Microsecond},
	"below the minimum": {1, time.Microsecond},
	"zero":              {0, 2 * time.Millisecond},
	"negative":          {-1, 2 * time.Millisecond},
	"off":               {ring.PollOff, ring.PollOff},
}

func TestTheOptionOverridesTheEnvironment(t *testing.T) {
	for name, row := range intervals {
		t.Run(name, func(t *testing.T) {
			t.Setenv(ring.PollEnv, "5")
			newRing(t, 64, ring.WithPollInterval(row.set)).expectPoll(row.want)
		})
	}
}

func TestWithoutPollingIsOff(t *testing.T) {
	t.Setenv(ring.PollEnv, "5")
	newRing(t, 64, ring.WithoutPolling()).expectPoll(ring.PollOff)
}

func TestTheSetterOverridesTheOption(t *testing.T) {
	for name, row := range intervals {
		t.Run(name, func(t *testing.T) {
			t.Setenv(ring.PollEnv, "5")
			f := newRing(t, 64, ring.WithPollInterval(time.Minute))
			for _, end := range f.ends() {
				end.SetPollInterval(row.set)
			}
			f.expectPoll(row.want)
		})
	}
}

func TestTheSetterIsForItsOwnEndOnly(t *testing.T) {
	f := newRing(t, 64, ring.WithPollInterval(time.Minute))
	f.w.SetPollInterval(time.Hour)
	if got := f.r.PollInterval(); got != time.Minute {
		t.Fatalf("reader polls every %v, want 1m", got)
	}
}

func TestTheLastOptionCounts(t *testing.T) {
	newRing(t, 64, ring.WithoutPolling(), ring.WithPollInterval(time.Hour)).expectPoll(time.Hour)
}
