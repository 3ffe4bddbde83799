package bench

import "io"

func (r *Result) WriteSVG(w io.Writer) error { return nil }
