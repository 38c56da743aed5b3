package module

// AnyFunc is Func for a parameter that is a number or a text.
func (p *Params) AnyFunc(name, doc string, set func(Value) error) {
	p.add(&Param{Name: name, Doc: doc, Kind: AnyParam, set: set})
}
