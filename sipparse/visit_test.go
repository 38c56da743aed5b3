package sipparse

import (
	"reflect"
	"strconv"
	"testing"
)

// visitSpans calls visit with every Span that the accessors of m give.
func visitSpans(m *Msg, visit func(what string, s Span)) {
	visitAll(m, visit, func(string, []byte) {})
}

// visitBytes calls visit with every []byte that the accessors of m give.
func visitBytes(m *Msg, visit func(what string, b []byte)) {
	visitAll(m, func(string, Span) {}, visit)
}

// visitAll is both, in the same order for the same message.
func visitAll(m *Msg, span func(what string, s Span), bytes func(what string, b []byte)) {
	v := visitor{m: m, span: span, bytes: bytes}
	v.byHand()
	msg := reflect.ValueOf(m)
	for _, a := range accessors {
		if !a.ofType {
			v.results(a.name, msg.Method(a.index).Call(nil))
			continue
		}
		for t := HdrOther; t < numHdrTypes; t++ {
			if m.Find(t, 0) >= 0 {
				v.results(a.name+" "+t.String(), msg.Method(a.index).Call([]reflect.Value{reflect.ValueOf(t)}))
			}
		}
	}
}

// An accessor is a method of *Msg that changes nothing and takes nothing, or a type
// of header. They are found by reflection, so that a new one is looked at without
// anybody remembering to add it here.
type accessor struct {
	name   string
	index  int
	ofType bool
}

var accessors = func() (all []accessor) {
	msg := reflect.TypeFor[*Msg]()
	for i := range msg.NumMethod() {
		method := msg.Method(i)
		in, out := method.Type.NumIn(), method.Type.NumOut()
		ofType := in == 2 && method.Type.In(1) == reflect.TypeFor[HdrType]()
		if out > 0 && (in == 1 || ofType) {
			all = append(all, accessor{method.Name, i, ofType})
		}
	}
	return all
}()

// A visitor goes through what accessors return.
type visitor struct {
	m     *Msg
	span  func(what string, s Span)
	bytes func(what string, b []byte)
}

// byHand calls the accessors that take an index, or something to fill.
func (v *visitor) byHand() {
	visitValues(v.m, v.span)
	for i := range v.m.NHeaders() {
		v.value("Header "+strconv.Itoa(i), reflect.ValueOf(v.m.Header(i)))
	}
	var via Via
	for i := 0; v.m.Via(i, &via); i++ {
		v.value("Via "+strconv.Itoa(i), reflect.ValueOf(&via))
	}
}

func (v *visitor) results(what string, results []reflect.Value) {
	for _, x := range results {
		v.value(what, x)
	}
}

// value visits what is in x: a Span, a []byte, the exported fields of a struct, the
// values of a walk. A pointer may be nil.
func (v *visitor) value(what string, x reflect.Value) {
	switch shape := shapeOf(x.Type()); {
	case shape.span:
		v.span(what, x.Interface().(Span))
	case shape.bytes:
		v.bytes(what, x.Interface().([]byte))
	case x.Kind() == reflect.Pointer && !x.IsNil():
		v.pointer(what, x, shape)
	case shape.next >= 0:
		v.walk(what, x, shape)
	case x.Kind() == reflect.Array:
		for i := range x.Len() {
			v.value(what, x.Index(i))
		}
	default:
		for _, f := range shape.fields {
			v.field(what+f.name, x.Field(f.index))
		}
	}
}

// field is value of a field, by its pointer if it is a struct with methods.
func (v *visitor) field(what string, x reflect.Value) {
	if x.Kind() == reflect.Struct && !shapeOf(x.Type()).span && x.CanAddr() {
		x = x.Addr()
	}
	v.value(what, x)
}

// pointer visits what x points to, its parameters, and the URI in it if x is an
// address with a good one.
func (v *visitor) pointer(what string, x reflect.Value, shape *shape) {
	if shape.param >= 0 {
		param := x.Method(shape.param).Interface().(func([]byte, string) ([]byte, bool))
		for _, name := range [...]string{"tag", "lr", "expires", "x"} {
			b, _ := param(v.m.Buf(), name)
			v.bytes(what+" param "+name, b)
		}
	}
	var u URI
	if n, ok := x.Interface().(*NameAddr); ok && parseURI(v.m.Buf(), n.URI, &u) == OK {
		v.value(what+" URI", reflect.ValueOf(&u))
	}
	v.value(what, x.Elem())
}

// walk visits the values of x, which has a method Next(*T) bool.
func (v *visitor) walk(what string, x reflect.Value, shape *shape) {
	it := reflect.New(x.Type())
	it.Elem().Set(x)
	next := it.Method(shape.next)
	item := reflect.New(next.Type().In(0).Elem())
	for i := 0; next.Call([]reflect.Value{item})[0].Bool(); i++ {
		v.value(what+" "+strconv.Itoa(i), item)
	}
}

// A shape says how to go through values of a type.
type shape struct {
	span, bytes bool
	next, param int // methods, of the pointer and of the type itself; -1 if there are none
	fields      []shapeField
}

type shapeField struct {
	name  string
	index int
}

var shapes = map[reflect.Type]*shape{}

func shapeOf(t reflect.Type) *shape {
	if s := shapes[t]; s != nil {
		return s
	}
	s := &shape{span: t == reflect.TypeFor[Span](), bytes: t == reflect.TypeFor[[]byte](), next: -1, param: -1}
	if f, ok := t.MethodByName("Param"); ok && f.Type.NumIn() == 3 && f.Type.NumOut() == 2 {
		s.param = f.Index
	}
	if t.Kind() == reflect.Struct {
		if f, ok := reflect.PointerTo(t).MethodByName("Next"); ok && f.Type.NumIn() == 2 && f.Type.NumOut() == 1 && f.Type.In(1).Kind() == reflect.Pointer {
			s.next = f.Index
		}
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				s.fields = append(s.fields, shapeField{"." + f.Name, i})
			}
		}
	}
	shapes[t] = s
	return s
}

// The accessors are found, also those of values and of what is in these.
func TestVisit(t *testing.T) {
	seen := map[string]bool{}
	m := parse(t, []byte(invite))
	visitSpans(m, func(what string, _ Span) { seen[what] = true })
	visitBytes(m, func(what string, _ []byte) { seen[what] = true })
	for _, what := range []string{"Header 0.Name", "Via 0.Branch", "From.Tag", "From URI.User", "From param tag", "URI.Host", "TopVia.Host",
		"CallID", "Body", "BodySpan", "Addrs Contact 0.URI", "Addrs Contact 0 URI.Host"} {
		if !seen[what] {
			t.Errorf("%s is not visited", what)
		}
	}
}
