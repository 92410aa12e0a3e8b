// Package say puts numbers into words for reports.
package say

import "fmt"

// Count returns n and what is counted, in the plural where that is right.
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Size shows a number of bytes in the unit that suits it.
func Size(bytes int64) string {
	if bytes < 1000 {
		return Count(int(bytes), "byte")
	}
	v, unit := float64(bytes)/1e3, "kB"
	for _, next := range []string{"MB", "GB", "TB"} {
		if v >= 999.95 { // which would be shown as 1000.0
			v, unit = v/1e3, next
		}
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}
