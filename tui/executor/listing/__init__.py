"""What each view of ``task_list`` holds; the table that names them is in ``executor.views``."""
