package bench

import (
	"math"
	"slices"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, row := range []struct {
		name    string
		figures []float64
		want    Spread
	}{
		{"one", []float64{3}, Spread{3, 3, 3}},
		{"odd, unordered", []float64{9, 1, 5}, Spread{5, 1, 9}},
		{"even: the mean of the middle", []float64{4, 1, 100, 2}, Spread{3, 1, 100}},
		{"one outlier does not move it", []float64{2, 2, 2, 2, 2, 2, 900}, Spread{2, 2, 900}},
		{"equal", []float64{7, 7}, Spread{7, 7, 7}},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := slices.Clone(row.figures)
			if got := spreadOf(row.figures); got != row.want {
				t.Errorf("%v, want %v", got, row.want)
			}
			if !slices.Equal(row.figures, before) {
				t.Errorf("the rounds' order was lost: %v", row.figures)
			}
		})
	}
}

func TestRate(t *testing.T) {
	if got := gibPerSecond(1<<20, 1e6); math.Abs(got-0.9765625) > 1e-9 { // 1 MiB in 1 ms
		t.Errorf("%v GiB/s", got)
	}
}

func TestRatios(t *testing.T) {
	row := func(impl string, size int, median float64) Row {
		return Row{Impl: impl, Size: size, Time: Spread{Median: median, Min: 1, Max: 1000}}
	}
	r := Result{Rows: []Row{
		row("ring", 8, 10), row("pipe", 8, 500), row("memcpy", 8, 4),
		row("ring", 64, 10), row("pipe", 64, 800),
		row("ring", 256, 10),
		row("ring", 4096, 0), row("pipe", 4096, 1), row("memcpy", 4096, 0),
	}}
	r.compare()
	for _, want := range []struct {
		impl         string
		size         int
		pipe, memcpy float64 // 0 for none
	}{
		{"ring", 8, 50, 2.5}, {"pipe", 8, 1, 125}, {"memcpy", 8, 125, 1},
		{"ring", 64, 80, 0}, {"ring", 256, 0, 0}, {"ring", 4096, 0, 0},
	} {
		got := r.row(want.impl, want.size)
		for _, ratio := range []struct {
			name string
			got  *float64
			want float64
		}{{"pipe", got.RatioToPipe, want.pipe}, {"memcpy", got.RatioToMemcpy, want.memcpy}} {
			switch {
			case ratio.got == nil && ratio.want != 0:
				t.Errorf("%s, %d: no ratio to %s", want.impl, want.size, ratio.name)
			case ratio.got != nil && *ratio.got != ratio.want:
				t.Errorf("%s, %d: ratio to %s is %v, want %v", want.impl, want.size, ratio.name, *ratio.got, ratio.want)
			}
		}
	}
}
