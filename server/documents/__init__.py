"""What is issued and what is uploaded: PDFs, logos, files."""
