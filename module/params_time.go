package module

import (
	"fmt"
	"time"
)

// SecondsOr is Seconds for a time that may also be written as a text with a unit: "250ms".
func (p *Params) SecondsOr(v *time.Duration, name string, def time.Duration, doc string) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: AnyParam, Default: fmt.Sprint(int64(def / time.Second)), set: func(x Value) error {
		d := time.Duration(x.Int) * time.Second
		if !x.IsInt {
			var err error
			if d, err = time.ParseDuration(x.Str); err != nil {
				return fmt.Errorf(`must be a number of seconds or a text such as "250ms", not %q`, x.Str)
			}
		}
		if d < 0 {
			return fmt.Errorf("must not be negative")
		}
		*v = d
		return nil
	}})
}
