using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Writ.Tests")]
