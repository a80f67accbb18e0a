module maru/torture

go 1.26.0
