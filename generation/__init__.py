"""What is asked for and how it is made: drafts, requests, pictures, and the walk between them."""
