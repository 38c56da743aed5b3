package sipparse

import (
	"fmt"
	"math"
	"reflect"
	"testing"
)

// spansOf calls visit with every Span in *x, a struct of Spans, structs and numbers.
func spansOf(what string, x any, visit func(what string, s Span)) {
	spansOfValue(what, reflect.ValueOf(x).Elem(), visit)
}

func spansOfValue(what string, x reflect.Value, visit func(what string, s Span)) {
	if x.Type() == reflect.TypeFor[Span]() {
		visit(what, Span{uint32(x.Field(0).Uint()), uint32(x.Field(1).Uint())})
		return
	}
	if x.Kind() != reflect.Struct {
		return
	}
	for i := range x.NumField() {
		spansOfValue(what+"."+x.Type().Field(i).Name, x.Field(i), visit)
	}
}

// textOf writes what *x says, Spans by their text.
func textOf(b []byte, x any) string { return textOfValue(b, reflect.ValueOf(x).Elem()) }

func textOfValue(b []byte, x reflect.Value) (text string) {
	if x.Type() == reflect.TypeFor[Span]() {
		s := Span{uint32(x.Field(0).Uint()), uint32(x.Field(1).Uint())}
		return fmt.Sprintf("%v %q", s.Len() > 0, s.Of(b)) // an empty one at 0 looks absent
	}
	if x.Kind() != reflect.Struct {
		return fmt.Sprint(x)
	}
	for i := range x.NumField() {
		text += x.Type().Field(i).Name + ": " + textOfValue(b, x.Field(i)) + "\n"
	}
	return text
}

// A walk is one of the lists: each calls visit with what it found.
func walkAll[T any](what string, next func(*T) bool, visit func(what string, s Span)) {
	var x T
	for i := 0; next(&x); i++ {
		spansOf(fmt.Sprintf("%s %d", what, i), &x, visit)
	}
}

func visitOne[T any](what string, read func(*T) (bool, Error), visit func(what string, s Span)) {
	var x T
	if present, err := read(&x); present && err == OK {
		spansOf(what, &x, visit)
	}
}

// visitValues calls every accessor of header values, and visit with every Span it gives.
func visitValues(m *Msg, visit func(what string, s Span)) {
	visitLists(m, visit)
	visitOne("ContentType", m.ContentType, visit)
	visitOne("ContentDisposition", m.ContentDisposition, visit)
	visitOne("AuthenticationInfo", m.AuthenticationInfo, visit)
	visitOne("Event", m.Event, visit)
	visitOne("SubscriptionState", m.SubscriptionState, visit)
	visitOne("SessionExpires", m.SessionExpires, visit)
	visitOne("RAck", m.RAck, visit)
	visitOne("Timestamp", m.Timestamp, visit)
	visitOne("RetryAfter", m.RetryAfter, visit)
	m.Expires()
	m.Date()
	m.Privacy()
	m.Allows(Invite)
	m.Accepts("application", "sdp")
	for t := HdrOther; t < numHdrTypes; t++ {
		if m.Find(t, 0) >= 0 {
			visitType(m, t, visit)
		}
	}
}

func visitLists(m *Msg, visit func(what string, s Span)) {
	contacts, ranges, reasons := m.Contacts(), m.MediaRanges(), m.Reasons()
	diversions, identities, warnings := m.Diversions(), m.Identity(), m.Warnings()
	walkAll("Contacts", contacts.Next, visit)
	walkAll("MediaRanges", ranges.Next, visit)
	walkAll("Reasons", reasons.Next, visit)
	walkAll("Diversions", diversions.Next, visit)
	walkAll("Identity", identities.Next, visit)
	walkAll("Warnings", warnings.Next, visit)
}

// visitType calls the accessors that work on headers of any type.
func visitType(m *Msg, t HdrType, visit func(what string, s Span)) {
	name := t.String() + " "
	tokens, values, preferences, products := m.Tokens(t), m.Values(t), m.Preferences(t), m.Products(t)
	credentials, challenges := m.Credentials(t), m.Challenges(t)
	walkAll(name+"Tokens", tokens.Next, visit)
	walkAll(name+"Values", values.Next, visit)
	walkAll(name+"Preferences", preferences.Next, visit)
	walkAll(name+"Products", products.Next, visit)
	walkAll(name+"Credentials", credentials.Next, visit)
	walkAll(name+"Challenges", challenges.Next, visit)
	visitOne(name+"Token", func(s *Span) (bool, Error) { return m.Token(t, s) }, visit)
	visitOne(name+"Address", func(n *NameAddr) (bool, Error) { return m.Address(t, n) }, visit)
	visitOne(name+"DialogID", func(d *DialogID) (bool, Error) { return m.DialogID(t, d) }, visit)
	visitOne(name+"CredentialsFor", func(x *Credentials) (bool, Error) { return m.CredentialsFor(t, []byte("example.com"), x) }, visit)
	var sip, tel NameAddr
	if m.Identities(t, &sip, &tel) == OK {
		spansOf(name+"Identities sip", &sip, visit)
		spansOf(name+"Identities tel", &tel, visit)
	}
	m.Number(t, math.MaxUint32)
	m.HasToken(t, "100rel")
	f := m.field(m.Find(t, 0))
	params := ParamsIn(m.Buf(), f.valueSpan())
	walkAll(name+"Params", params.Next, visit)
}

// All that is found in RFC 4475 and RFC 5118 is within a header's value.
func TestVisitValues(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range torturesAndOurs(t) {
		var m Msg
		m.Parse(file)
		visitValues(&m, func(what string, s Span) {
			if !s.IsZero() && !inAValue(&m, s) {
				t.Errorf("%s: %+v is in no header's value of\n%s", what, s, file)
			}
			seen[what] = seen[what] || s.Len() > 0
		})
	}
	for _, what := range [...]string{"Contacts 0.NameAddr.URI", "ContentType.Subtype", "Date Tokens 0", "Authorization Credentials 0.Auth.Scheme"} {
		if !seen[what] {
			t.Errorf("%s is never seen", what)
		}
	}
}

func inAValue(m *Msg, s Span) bool {
	for i := range m.NHeaders() {
		if v := m.Header(i).Value; v.Off <= s.Off && s.Off <= s.End && s.End <= v.End {
			return true
		}
	}
	return false
}

func torturesAndOurs(t testing.TB) (files [][]byte) {
	for dir, table := range map[string][]torture{"testdata/rfc4475": rfc4475, "testdata/rfc5118": rfc5118} {
		for _, x := range table {
			files = append(files, readFile(t, dir, x.file))
		}
	}
	return append(files, []byte(invite), request("Authorization: Digest realm=x\nExpires: 5\nUser-Agent: a/1 (b)"))
}
