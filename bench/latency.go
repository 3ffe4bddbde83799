package bench

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latencies are the times of round trips.
type latencies struct{ *hdrhistogram.Histogram }

// newLatencies keeps three digits of times from 1 ns to a minute.
func newLatencies() *latencies {
	return &latencies{hdrhistogram.New(1, time.Minute.Nanoseconds(), 3)}
}

// roundTrips does one round trip after the other. The end of one is the
// beginning of the next, so each includes one look at the clock.
func (l *latencies) roundTrips(trip func(id uint64) error) work {
	return func(from, to uint64) error {
		began := time.Now()
		for id := from; id < to; id++ {
			if err := trip(id); err != nil {
				return err
			}
			ended := time.Now()
			if err := l.RecordValue(ended.Sub(began).Nanoseconds()); err != nil {
				return err
			}
			began = ended
		}
		return nil
	}
}

// clockCost is the time of one look at the clock, in ns.
func clockCost() float64 {
	const looks = 100_000
	began := time.Now()
	for range looks {
		_ = time.Now()
	}
	return float64(time.Since(began).Nanoseconds()) / looks
}
