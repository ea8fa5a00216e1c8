"""What `make bench` runs: each measured promise of the product beside the baseline it is measured against."""
