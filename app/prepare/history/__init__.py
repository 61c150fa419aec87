"""Historical exports: a workbook or CSV file cut into daily files."""
