package sipparse

import (
	"reflect"
	"strconv"
)

// visitSpans calls visit with every Span that the accessors of m give.
func visitSpans(m *Msg, visit func(what string, s Span)) {
	v := visitor{m: m, span: visit, bytes: func(string, []byte) {}}
	v.all()
}

// visitBytes calls visit with every []byte that the accessors of m give.
func visitBytes(m *Msg, visit func(what string, b []byte)) {
	v := visitor{m: m, span: func(string, Span) {}, bytes: visit}
	v.all()
}

// A visitor finds the accessors by reflection, so that a new one is looked at
// without anybody remembering to add it here: methods of *Msg without arguments,
// methods that give a walk (with a method Next(*T) bool), and the Param of what
// they give. What takes an index or a name is called by hand.
type visitor struct {
	m     *Msg
	span  func(what string, s Span)
	bytes func(what string, b []byte)
}

var (
	spanType    = reflect.TypeFor[Span]()
	bytesType   = reflect.TypeFor[[]byte]()
	hdrTypeType = reflect.TypeFor[HdrType]()
	boolType    = reflect.TypeFor[bool]()
	paramType   = reflect.TypeFor[func([]byte, string) ([]byte, bool)]()
)

func (v *visitor) all() {
	v.byHand()
	msg := reflect.ValueOf(v.m)
	for i := range msg.NumMethod() {
		name, method := msg.Type().Method(i).Name, msg.Method(i)
		switch t := method.Type(); {
		case t.NumOut() == 0: // Reset and its like change m
		case t.NumIn() == 0:
			for _, x := range method.Call(nil) {
				v.value(name, x)
			}
		case t.NumIn() == 1 && t.In(0) == hdrTypeType:
			v.ofEachType(name, method)
		}
	}
}

// ofEachType calls an accessor that takes a HdrType with all that m has.
func (v *visitor) ofEachType(name string, method reflect.Value) {
	for t := HdrOther; t < numHdrTypes; t++ {
		if v.m.Find(t, 0) < 0 {
			continue
		}
		for _, x := range method.Call([]reflect.Value{reflect.ValueOf(t)}) {
			v.value(name+" "+t.String(), x)
		}
	}
}

func (v *visitor) byHand() {
	for i := range v.m.NHeaders() {
		v.value("Header "+strconv.Itoa(i), reflect.ValueOf(v.m.Header(i)))
	}
	var via Via
	for i := 0; v.m.Via(i, &via); i++ {
		v.value("Via "+strconv.Itoa(i), reflect.ValueOf(&via))
	}
}

// value visits what is in x: a Span, a []byte, the exported fields of a struct, the
// values of a walk. A pointer may be nil.
func (v *visitor) value(what string, x reflect.Value) {
	switch {
	case x.Type() == spanType:
		v.span(what, x.Interface().(Span))
	case x.Type() == bytesType:
		v.bytes(what, x.Interface().([]byte))
	case x.Kind() == reflect.Pointer && !x.IsNil():
		v.param(what, x)
		v.uriOf(what, x)
		v.value(what, x.Elem())
	case x.Kind() == reflect.Struct && !v.walk(what, x):
		for i := range x.NumField() {
			if f := x.Type().Field(i); f.IsExported() {
				v.field(what+"."+f.Name, x.Field(i))
			}
		}
	case x.Kind() == reflect.Array:
		for i := range x.Len() {
			v.value(what, x.Index(i))
		}
	}
}

// field is value of a field, by its pointer if it is a struct with methods.
func (v *visitor) field(what string, x reflect.Value) {
	if x.Kind() == reflect.Struct && x.Type() != spanType && x.CanAddr() {
		x = x.Addr()
	}
	v.value(what, x)
}

// uriOf parses the URI in x, if x is an address with a good one.
func (v *visitor) uriOf(what string, x reflect.Value) {
	var u URI
	if n, ok := x.Interface().(*NameAddr); ok && parseURI(v.m.Buf(), n.URI, &u) == OK {
		v.value(what+".URI", reflect.ValueOf(&u))
	}
}

// walk visits the values of x if it is a walk.
func (v *visitor) walk(what string, x reflect.Value) bool {
	it := reflect.New(x.Type())
	it.Elem().Set(x)
	next := it.MethodByName("Next")
	if !next.IsValid() || next.Type().NumIn() != 1 || next.Type().NumOut() != 1 || next.Type().Out(0) != boolType {
		return false
	}
	item := reflect.New(next.Type().In(0).Elem())
	for i := 0; next.Call([]reflect.Value{item})[0].Bool(); i++ {
		v.value(what+" "+strconv.Itoa(i), item)
	}
	return true
}

// param asks x for parameters, if it has any.
func (v *visitor) param(what string, x reflect.Value) {
	if f := x.MethodByName("Param"); f.IsValid() && f.Type() == paramType {
		param := f.Interface().(func([]byte, string) ([]byte, bool))
		for _, name := range [...]string{"tag", "lr", "expires", "x"} {
			b, _ := param(v.m.Buf(), name)
			v.bytes(what+" param "+name, b)
		}
	}
}
