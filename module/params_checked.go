package module

import "fmt"

// Checked is String for a text that check may refuse, where it is written.
// Checked is String for a text that check may refuse.
func (p *Params) Checked(v *string, name, def, doc string, check func(string) error) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: StringParam, Default: fmt.Sprintf("%q", def), set: func(x Value) error {
		if err := check(x.Str); err != nil {
			return err
		}
		*v = x.Str
		return nil
	}})
}
