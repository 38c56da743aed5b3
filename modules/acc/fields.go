package acc

import (
	"fmt"
	"slices"
	"strings"
)

// fields are what extra_fields or leg_fields declare: tags, which scripts set, and under
// which name each back end has the value of which tag.
type fields struct {
	tags             []string
	log, db, evi, no []field
}

// A field is a tag's place in a record.
type field struct {
	name string
	tag  int
}

// maxFields is how many tags there may be, as in OpenSIPS.
const maxFields = 64

// declare takes "backend: tag -> name; tag".
func (f *fields) declare(text string) error {
	backend, list, ok := strings.Cut(text, ":")
	if !ok {
		return fmt.Errorf(`must be "log: tag -> name; tag2", not %q`, text)
	}
	to, err := f.of(strings.TrimSpace(backend))
	if err != nil {
		return err
	}
	for part := range strings.SplitSeq(list, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		tag, name, named := strings.Cut(part, "->")
		if tag = strings.TrimSpace(tag); !named {
			name = tag
		}
		if name = strings.TrimSpace(name); tag == "" || name == "" {
			return fmt.Errorf("%q is no field", strings.TrimSpace(part))
		}
		i, err := f.tag(tag)
		if err != nil {
			return err
		}
		*to = set(*to, field{name, i})
	}
	return nil
}

// set adds a field, or gives the one of the same tag another name.
func set(list []field, x field) []field {
	if i := slices.IndexFunc(list, func(f field) bool { return f.tag == x.tag }); i >= 0 {
		list[i] = x
		return list
	}
	return append(list, x)
}

func (f *fields) of(backend string) (*[]field, error) {
	switch backend {
	case "log":
		return &f.log, nil
	case "db":
		return &f.db, nil
	case "evi":
		return &f.evi, nil
	case "aaa":
		return &f.no, nil // the tags may be used all the same
	}
	return nil, fmt.Errorf("%q is no back end: it is log, db or evi", backend)
}

// tag returns the number of a tag, which is new if need be.
func (f *fields) tag(name string) (int, error) {
	if i := slices.Index(f.tags, name); i >= 0 {
		return i, nil
	}
	if len(f.tags) == maxFields {
		return 0, fmt.Errorf("there are %d fields already", maxFields)
	}
	f.tags = append(f.tags, name)
	return len(f.tags) - 1, nil
}

// find is the number of a tag that a script names.
func (f *fields) find(name, param string) (int, error) {
	if i := slices.Index(f.tags, strings.TrimSpace(name)); i >= 0 {
		return i, nil
	}
	if len(f.tags) == 0 {
		return 0, fmt.Errorf("no %s declares it", param)
	}
	return 0, fmt.Errorf("no %s declares it; there are %s", param, strings.Join(f.tags, ", "))
}

func namesOf(list []field) (names []string) {
	for _, f := range list {
		names = append(names, f.name)
	}
	return names
}
