"""The design system: elements, layouts, styles and icons that every page of every door is made of."""
