namespace Writ.Cedar;

/// <summary>
/// How much one validation may still do. What is over is not checked further and reported, so that no policy, however
/// made, keeps the checker busy or passes unchecked.
/// </summary>
sealed class ValidationBudget(long steps)
{
    long _left = steps;

    public bool IsSpent => _left < 0;

    public void Spend(int steps) => _left -= steps;
}
