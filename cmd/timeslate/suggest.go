package main

// didYouMean returns words that ask for the one of names that name was meant to be, or nothing.
func didYouMean(before, name string, names []string) string {
	best, least := "", len(name)/3+1 // a mistake in three letters
	for _, candidate := range names {
		if n := mistakes(name, candidate); n < least {
			best, least = candidate, n
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + before + best + "?"
}

// mistakes counts the letters that are missing, too many, wrong or swapped with their neighbour between what was typed
// and what was meant.
func mistakes(typed, meant string) int {
	before, row := make([]int, len(meant)+1), make([]int, len(meant)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(typed) {
		last := row
		row = make([]int, len(meant)+1)
		row[0] = i + 1
		for j := range len(meant) {
			row[j+1] = min(last[j+1], row[j]) + 1
			if typed[i] == meant[j] {
				row[j+1] = min(row[j+1], last[j])
			} else {
				row[j+1] = min(row[j+1], last[j]+1)
			}
			if i > 0 && j > 0 && typed[i] == meant[j-1] && typed[i-1] == meant[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before = last
	}
	return row[len(meant)]
}
