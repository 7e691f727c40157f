/* A program that does nothing: the floor below every CGI program. */
int main(void)
{
	return 0;
}
