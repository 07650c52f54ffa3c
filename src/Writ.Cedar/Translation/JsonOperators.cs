namespace Writ.Cedar;

/// <summary>How Cedar's JSON policy format spells the operators.</summary>
static class JsonOperators
{
    static readonly string[] Unary = ["!", "neg", "isEmpty"];

    static readonly string[] Binary =
    [
        "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*",
        "contains", "containsAll", "containsAny", "hasTag", "getTag",
    ];

    public static string Spelling(UnaryOperator op) => Unary[(int)op];

    public static string Spelling(BinaryOperator op) => Binary[(int)op];

    public static UnaryOperator? FindUnary(string spelling) =>
        Array.IndexOf(Unary, spelling) is >= 0 and var at ? (UnaryOperator)at : null;

    public static BinaryOperator? FindBinary(string spelling) =>
        Array.IndexOf(Binary, spelling) is >= 0 and var at ? (BinaryOperator)at : null;
}
