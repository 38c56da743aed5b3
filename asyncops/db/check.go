package db

import (
	"fmt"
	"strings"
)

// CheckName says what is wrong with the name of a table or a column, when a configuration
// is read; nil if it is one.
func CheckName(s string) error {
	if !isName(s) {
		return fmt.Errorf("%q is no name of a table or column", s)
	}
	return nil
}

// CheckURL says what is wrong with a db_url, when a configuration is read.
func CheckURL(s string) error {
	scheme, _, _ := strings.Cut(strings.TrimSpace(s), ":")
	if _, known := ModuleOf(scheme); !known {
		return fmt.Errorf("no driver for %q; there are %s", scheme, strings.Join(Schemes(), ", "))
	}
	_, err := ParseURL(strings.TrimSpace(s))
	return err
}
