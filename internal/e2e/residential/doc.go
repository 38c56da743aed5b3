// Package residential has real phones, baresip and linphonec, register with a fastsips that
// runs the configurations of etc/ and one in the style of OpenSIPS's default, and call each
// other. It looks at what accounting wrote about the calls. It holds nothing but tests.
package residential
