"""What the product is measured against: plain things that do less, and the library as it comes."""
